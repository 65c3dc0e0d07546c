//! Scanned letters, documents and a card, drawn stroke by stroke.

use dayroom_protocol::AttachmentKind;
use image::{Rgb, RgbImage};

use super::pictures::encode;
use crate::operator::{NewAttachment, PictureError};

type Ink = [u8; 3];

const PEN: Ink = [38, 54, 122];
const PRINT: Ink = [44, 44, 48];
const RULE: Ink = [196, 210, 226];
const MARGIN: Ink = [226, 170, 170];

/// A letter of three pages on ruled paper, as a scanner of the mail room makes it.
pub(super) fn scanned_letter() -> Result<Vec<NewAttachment>, PictureError> {
    (1..=3).map(letter_page).collect()
}

/// A printed form of two pages, as page images.
pub(super) fn document() -> Result<Vec<NewAttachment>, PictureError> {
    (1..=2).map(document_page).collect()
}

/// A birthday card.
pub(super) fn card() -> Result<NewAttachment, PictureError> {
    let mut sheet = Sheet::new(900, 640, [252, 243, 226]);
    for band in 0..640 {
        let shade = u8::try_from(band / 16).unwrap_or(0);
        sheet.block(0, band, 900, 1, [252 - shade / 2, 243 - shade, 226 - shade]);
    }
    let balloons: [(i32, i32, i32, Ink); 5] = [
        (150, 190, 66, [214, 84, 76]),
        (268, 130, 58, [236, 170, 60]),
        (640, 140, 62, [86, 142, 196]),
        (752, 216, 70, [120, 172, 98]),
        (450, 96, 54, [170, 110, 180]),
    ];
    for (x, y, size, ink) in balloons {
        sheet.stroke(
            (x, y + size),
            (450 + (x - 450) / 6, 470),
            2,
            [150, 130, 110],
        );
        sheet.round(x, y, size, ink);
        sheet.round(x - size / 3, y - size / 3, size / 5, [255, 250, 244]);
    }
    let mut dice = Dice(7);
    for _ in 0..120 {
        let (x, y) = (dice.below(900), dice.below(430));
        let ink = balloons
            .get(usize::try_from(dice.below(5)).unwrap_or(0))
            .map_or(PRINT, |balloon| balloon.3);
        sheet.block(x, y, 7, 7, ink);
    }
    // The cake: two layers, icing, candles.
    sheet.block(270, 470, 360, 110, [238, 214, 182]);
    sheet.block(320, 390, 260, 90, [244, 226, 198]);
    for x in (270..630).step_by(36) {
        sheet.round(x + 18, 472, 20, [214, 110, 120]);
    }
    for x in (320..580).step_by(36) {
        sheet.round(x + 18, 392, 19, [250, 250, 246]);
    }
    for x in (350..560).step_by(40) {
        sheet.block(x, 322, 10, 60, [120, 160, 210]);
        sheet.round(x + 5, 308, 10, [250, 190, 70]);
    }
    sheet.block(230, 580, 440, 14, [170, 140, 110]);
    Ok(encode("birthday.png", &sheet.image)?.of_kind(AttachmentKind::Card))
}

fn letter_page(page: i32) -> Result<NewAttachment, PictureError> {
    let (wide, high) = (1000, 1290);
    let mut sheet = Sheet::new(wide, high, [250, 248, 240]);
    let mut dice = Dice(40 + u32::try_from(page).unwrap_or(0));
    for y in (150..high - 60).step_by(44) {
        sheet.block(0, y, wide, 2, RULE);
    }
    sheet.block(110, 0, 3, high, MARGIN);
    let mut y = 142;
    if page == 1 {
        sheet.words(&mut dice, (640, 98), 230, PEN);
        sheet.words(&mut dice, (140, y), 300, PEN);
        y += 88;
    }
    let last = if page == 3 { 760 } else { high - 120 };
    while y < last {
        let short = dice.below(7) == 0;
        let indent = if short { 40 } else { 0 };
        let length = if short { 360 } else { 760 };
        let length = length + dice.below(60);
        sheet.words(&mut dice, (140 + indent, y), length, PEN);
        y += 44;
    }
    if page == 3 {
        sheet.words(&mut dice, (520, 842), 240, PEN);
        sheet.words(&mut dice, (560, 890), 160, PEN);
        flower(&mut sheet, 250, 1010);
        flower(&mut sheet, 370, 1050);
    }
    // The shadow of the scanner's lid.
    for x in 0..14 {
        let shade = u8::try_from(200 + x * 3).unwrap_or(240);
        sheet.block(x, 0, 1, high, [shade, shade, shade]);
    }
    let name = format!("letter-page-{page}.jpg");
    Ok(encode(&name, &sheet.image)?.of_kind(AttachmentKind::MailPage))
}

/// As a child draws it.
fn flower(sheet: &mut Sheet, x: i32, y: i32) {
    sheet.stroke((x, y), (x - 8, y + 150), 6, [70, 140, 70]);
    sheet.round(x + 18, y + 96, 16, [96, 166, 90]);
    let petals: [(i32, i32); 6] = [
        (34, 0),
        (17, 30),
        (-17, 30),
        (-34, 0),
        (-17, -30),
        (17, -30),
    ];
    for (dx, dy) in petals {
        sheet.round(x + dx, y + dy, 21, [222, 120, 150]);
    }
    sheet.round(x, y, 18, [240, 196, 70]);
}

fn document_page(page: i32) -> Result<NewAttachment, PictureError> {
    let (wide, high) = (1000, 1290);
    let mut sheet = Sheet::new(wide, high, [255, 255, 255]);
    let mut dice = Dice(90 + u32::try_from(page).unwrap_or(0));
    sheet.round(140, 130, 52, PRINT);
    sheet.round(140, 130, 44, [255, 255, 255]);
    sheet.round(140, 130, 26, PRINT);
    sheet.print(&mut dice, (230, 92), 480, 22);
    sheet.print(&mut dice, (230, 132), 360, 14);
    sheet.block(90, 210, 820, 3, PRINT);
    let mut y = 250;
    if page == 1 {
        for row in 0..4 {
            let top = y + row * 64;
            sheet.frame(90, top, 820, 64);
            sheet.block(380, top, 2, 64, PRINT);
            sheet.print(&mut dice, (110, top + 24), 220, 14);
            let length = 300 + dice.below(150);
            sheet.print(&mut dice, (400, top + 24), length, 14);
        }
        y += 310;
    }
    let last = if page == 1 { 1200 } else { 760 };
    while y < last {
        for _ in 0..4 + dice.below(3) {
            if y < last {
                let length = 780 + dice.below(40);
                sheet.print(&mut dice, (90, y), length, 13);
                y += 30;
            }
        }
        y += 26;
    }
    if page == 2 {
        for row in 0..3 {
            let top = 800 + row * 56;
            sheet.frame(92, top, 28, 28);
            let length = 420 + dice.below(200);
            sheet.print(&mut dice, (144, top + 6), length, 14);
        }
        sheet.stroke((96, 862), (106, 878), 4, PEN);
        sheet.stroke((106, 878), (124, 848), 4, PEN);
        sheet.block(90, 1120, 380, 2, PRINT);
        sheet.words(&mut dice, (120, 1106), 250, PEN);
        sheet.print(&mut dice, (90, 1134), 160, 11);
    }
    sheet.block(470, 1244, 60, 2, PRINT);
    let name = format!("release-plan-{page}.png");
    Ok(encode(&name, &sheet.image)?.of_kind(AttachmentKind::DocumentPage))
}

/// Small numbers in a fixed order, so that a page looks the same each time.
struct Dice(u32);

impl Dice {
    fn below(&mut self, bound: i32) -> i32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i32::try_from(self.0 >> 8).unwrap_or(0) % bound.max(1)
    }
}

struct Sheet {
    image: RgbImage,
}

impl Sheet {
    fn new(wide: i32, high: i32, paper: Ink) -> Self {
        let side = |pixels: i32| u32::try_from(pixels).unwrap_or(1);
        Self {
            image: RgbImage::from_pixel(side(wide), side(high), Rgb(paper)),
        }
    }

    fn dot(&mut self, x: i32, y: i32, ink: Ink) {
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        if let Some(pixel) = place.and_then(|(x, y)| self.image.get_pixel_mut_checked(x, y)) {
            *pixel = Rgb(ink);
        }
    }

    fn block(&mut self, x: i32, y: i32, wide: i32, high: i32, ink: Ink) {
        for down in 0..high {
            for across in 0..wide {
                self.dot(x + across, y + down, ink);
            }
        }
    }

    fn frame(&mut self, x: i32, y: i32, wide: i32, high: i32) {
        self.block(x, y, wide, 2, PRINT);
        self.block(x, y + high, wide + 2, 2, PRINT);
        self.block(x, y, 2, high, PRINT);
        self.block(x + wide, y, 2, high, PRINT);
    }

    fn round(&mut self, x: i32, y: i32, size: i32, ink: Ink) {
        for down in -size..=size {
            for across in -size..=size {
                if across * across + down * down <= size * size {
                    self.dot(x + across, y + down, ink);
                }
            }
        }
    }

    fn stroke(&mut self, from: (i32, i32), to: (i32, i32), thick: i32, ink: Ink) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let x = from.0 + (to.0 - from.0) * step / steps;
            let y = from.1 + (to.1 - from.1) * step / steps;
            self.block(x, y, thick, thick, ink);
        }
    }

    /// A line of handwriting that stands on `y`: words of loops, some with a tall letter.
    fn words(&mut self, dice: &mut Dice, (x, y): (i32, i32), length: i32, ink: Ink) {
        let end = x + length;
        let mut at = x;
        while at < end {
            let word = (30 + dice.below(90)).min(end - at);
            let phase = dice.below(60) as f32 / 10.0;
            let tall = dice.below(word.max(8));
            let mut before = None;
            for step in 0..word * 2 {
                let along = step as f32 / 2.0;
                let swing = (along * 0.62 + phase).sin();
                let high = if (along - tall as f32).abs() < 5.0 {
                    22.0
                } else {
                    8.0
                };
                let over = (along * 0.62 + phase).cos() * 3.0;
                let place = (
                    at + (along + over) as i32,
                    y - 8 - (swing * high * 0.6 + high * 0.35) as i32,
                );
                if let Some(before) = before {
                    self.stroke(before, place, 2, ink);
                }
                before = Some(place);
            }
            at += word + 16 + dice.below(8);
        }
    }

    /// A line of print too small to be read, `high` pixels.
    fn print(&mut self, dice: &mut Dice, (x, y): (i32, i32), length: i32, high: i32) {
        let end = x + length;
        let mut at = x;
        while at < end {
            let letters = 2 + dice.below(8);
            for _ in 0..letters {
                if at >= end {
                    return;
                }
                let (wide, form) = (high / 2, dice.below(6));
                let (top, waist) = (if form == 0 { 0 } else { high / 3 }, high / 3);
                self.block(at, y + top, 2, high - top, PRINT);
                self.block(at, y + waist, wide, 2, PRINT);
                if form != 1 {
                    self.block(at + wide - 2, y + waist, 2, high - waist, PRINT);
                }
                if form < 4 {
                    self.block(at, y + high - 2, wide, 2, PRINT);
                }
                at += wide + high / 5 + 1;
            }
            at += high / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::pictures::{Form, picture};

    /// For looking at: `DAYROOM_PICTURES=DIR cargo test -p dayroom-central papers`.
    #[test]
    fn every_drawing_is_a_picture_a_kiosk_shows() {
        let mut all = scanned_letter().unwrap();
        all.extend(document().unwrap());
        all.push(card().unwrap());
        for (name, form) in [
            ("beach.jpg", Form::Beach),
            ("mountains.jpg", Form::Mountains),
            ("cake.jpg", Form::Cake),
            ("porch.jpg", Form::Porch),
        ] {
            all.push(picture(name, form).unwrap());
        }
        assert_eq!(all.len(), 10);
        let hashes: std::collections::BTreeSet<_> = all.iter().map(NewAttachment::hash).collect();
        assert_eq!(hashes.len(), 10, "no two are alike");
        if let Some(folder) = std::env::var_os("DAYROOM_PICTURES") {
            for drawing in &all {
                drawing.write_to(std::path::Path::new(&folder)).unwrap();
            }
        }
    }
}
