//! Small pictures from gradients and simple shapes.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use crate::operator::{NewAttachment, PictureError};

/// What a picture shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Evening sky over water.
    Lake,
    /// Grass under a blue sky.
    Meadow,
    /// Red rounds on green.
    Tomatoes,
    /// A brown face with ears.
    Dog,
    /// A card with lines.
    Card,
    /// A printed page.
    Page,
    /// Sand, sea, and a sunshade.
    Beach,
    /// Snow on top, a path below.
    Mountains,
    /// A cake with candles on a table.
    Cake,
    /// A house in the evening, a light in its window.
    Porch,
}

type Colour = [f32; 3];

/// Draws a picture in the format of its name's ending.
pub(super) fn picture(name: &str, form: Form) -> Result<NewAttachment, PictureError> {
    let (width, height) = match form {
        Form::Lake | Form::Meadow => (960, 640),
        Form::Tomatoes => (800, 600),
        Form::Dog => (480, 640),
        Form::Card => (600, 380),
        Form::Page => (600, 800),
        Form::Beach | Form::Mountains | Form::Cake => (900, 675),
        Form::Porch => (675, 900),
    };
    let image = RgbImage::from_fn(width, height, |x, y| {
        let across = (x as f32 + 0.5) / width as f32;
        let down = (y as f32 + 0.5) / height as f32;
        Rgb(paint(form, across, down, width as f32 / height as f32)
            .map(|part| part.clamp(0.0, 255.0) as u8))
    });
    encode(name, &image)
}

/// A picture in the format of its name's ending.
pub(super) fn encode(name: &str, image: &RgbImage) -> Result<NewAttachment, PictureError> {
    let format = ImageFormat::from_path(name).map_err(|_| PictureError::Format)?;
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, format)
        .map_err(|_| PictureError::Format)?;
    NewAttachment::read(name, bytes.into_inner())
}

fn paint(form: Form, x: f32, y: f32, wide: f32) -> Colour {
    let within = |cx: f32, cy: f32, radius: f32| ((x - cx) * wide).hypot(y - cy) < radius;
    match form {
        Form::Lake => {
            let sun = within(0.68, 0.46, 0.09);
            let sky = mix([252.0, 190.0, 110.0], [70.0, 80.0, 140.0], 1.0 - y / 0.55);
            let ripple = ((y * 90.0).sin() * 12.0) * (y - 0.55);
            let water = mix([60.0, 70.0, 120.0], [20.0, 30.0, 60.0], (y - 0.55) / 0.45);
            let glitter = (x - 0.68).abs() < 0.05 + ripple.abs() * 0.004 && (y * 60.0).sin() > 0.2;
            match (y < 0.55, sun, glitter) {
                (true, true, _) => [255.0, 236.0, 190.0],
                (true, false, _) => sky,
                (false, _, true) => [240.0, 180.0, 120.0],
                (false, _, false) => water.map(|part| part + ripple),
            }
        }
        Form::Meadow => {
            let hill = 0.58 + 0.06 * (x * 5.0).sin();
            if y < hill {
                let cloud = within(0.25, 0.2, 0.09) || within(0.33, 0.23, 0.1);
                if cloud {
                    [250.0, 250.0, 252.0]
                } else {
                    mix([190.0, 220.0, 245.0], [90.0, 150.0, 220.0], 1.0 - y / hill)
                }
            } else {
                let flower = (x * 43.0).sin() * (y * 57.0).sin() > 0.985;
                if flower {
                    [245.0, 215.0, 70.0]
                } else {
                    mix([120.0, 180.0, 80.0], [40.0, 100.0, 40.0], (y - hill) / 0.4)
                }
            }
        }
        Form::Tomatoes => {
            let fruits = [(0.3, 0.55, 0.2), (0.62, 0.48, 0.17), (0.8, 0.75, 0.13)];
            let fruit = fruits.iter().find(|(cx, cy, r)| within(*cx, *cy, *r));
            match fruit {
                Some((cx, cy, r)) if within(cx - 0.05, cy - 0.07, r * 0.25) => {
                    [255.0, 190.0, 170.0]
                }
                Some((_, cy, r)) => mix(
                    [225.0, 60.0, 40.0],
                    [140.0, 20.0, 20.0],
                    (y - cy + r) / r / 2.0,
                ),
                None => mix(
                    [80.0, 140.0, 70.0],
                    [30.0, 70.0, 35.0],
                    y + 0.1 * (x * 30.0).sin(),
                ),
            }
        }
        Form::Dog => {
            let eye = within(0.36, 0.42, 0.03) || within(0.64, 0.42, 0.03);
            let nose = within(0.5, 0.58, 0.055);
            let ear = within(0.17, 0.36, 0.15) || within(0.83, 0.36, 0.15);
            let face = within(0.5, 0.5, 0.27);
            match (eye || nose, face, ear) {
                (true, _, _) => [25.0, 20.0, 18.0],
                (false, true, _) => mix([190.0, 140.0, 90.0], [150.0, 100.0, 60.0], y),
                (false, false, true) => [110.0, 70.0, 40.0],
                (false, false, false) => mix([200.0, 205.0, 215.0], [150.0, 160.0, 180.0], y),
            }
        }
        Form::Card => {
            let edge = !(0.04..0.96).contains(&x) || !(0.06..0.94).contains(&y);
            let photo = (0.08..0.34).contains(&x) && (0.2..0.8).contains(&y);
            let line = (0.4..0.88).contains(&x) && (y * 9.0).fract() < 0.3 && y > 0.25;
            match (edge, photo, line) {
                (true, _, _) => [90.0, 95.0, 105.0],
                (false, true, _) => [150.0, 170.0, 190.0],
                (false, false, true) => [60.0, 70.0, 90.0],
                (false, false, false) => [235.0, 238.0, 230.0],
            }
        }
        Form::Beach => {
            let shade = within(0.3, 0.47, 0.16) && y < 0.47;
            let pole = (0.296..0.304).contains(&x) && (0.47..0.8).contains(&y);
            let shore = 0.6 + 0.02 * (x * 9.0).sin();
            match (shade, pole, y < 0.4, y < shore) {
                (true, ..) if ((x - 0.3) * 40.0).sin() > 0.0 => [214.0, 70.0, 60.0],
                (true, ..) => [250.0, 245.0, 235.0],
                (_, true, ..) => [120.0, 90.0, 60.0],
                (_, _, true, _) => mix([214.0, 232.0, 246.0], [96.0, 160.0, 222.0], 1.0 - y / 0.4),
                (_, _, _, true) => {
                    let foam = (y * 140.0 + (x * 12.0).sin() * 2.0).sin() > 0.93;
                    let sea = mix([40.0, 130.0, 170.0], [120.0, 200.0, 205.0], (y - 0.4) / 0.2);
                    if foam { [235.0, 246.0, 246.0] } else { sea }
                }
                (..) => mix(
                    [236.0, 214.0, 166.0],
                    [206.0, 178.0, 126.0],
                    (y - 0.6) / 0.4,
                ),
            }
        }
        Form::Mountains => {
            let ridge = |foot: f32, steep: f32, at: f32| {
                foot + steep * (x - at).abs() + 0.012 * (x * 47.0).sin() + 0.008 * (x * 101.0).sin()
            };
            let (far, near) = (ridge(0.22, 0.62, 0.42), ridge(0.45, 0.4, 0.8));
            let path = (x - 0.5 - 0.12 * (y * 7.0).sin()).abs() < 0.015 + (y - 0.75) * 0.12;
            if y > 0.76 {
                if path {
                    [205.0, 188.0, 150.0]
                } else {
                    mix([110.0, 150.0, 80.0], [60.0, 100.0, 50.0], (y - 0.76) / 0.24)
                }
            } else if y > near {
                mix([70.0, 100.0, 90.0], [50.0, 82.0, 66.0], (y - near) / 0.3)
            } else if y > far {
                let snow = y < far + 0.09 + 0.03 * (x * 60.0).sin();
                if snow {
                    [244.0, 247.0, 252.0]
                } else {
                    mix([120.0, 130.0, 150.0], [96.0, 106.0, 124.0], (y - far) / 0.4)
                }
            } else {
                mix([220.0, 232.0, 244.0], [110.0, 164.0, 220.0], 1.0 - y / 0.6)
            }
        }
        Form::Cake => {
            let candle = [0.38, 0.46, 0.54, 0.62]
                .iter()
                .any(|at: &f32| (x - at).abs() < 0.007);
            let flame = [0.38, 0.46, 0.54, 0.62]
                .iter()
                .any(|at| within(*at, 0.27, 0.02));
            let layer = (0.3..0.7).contains(&x) && (0.42..0.68).contains(&y);
            let icing = y < 0.47 + 0.018 * (x * 90.0).sin() || (0.55..0.57).contains(&y);
            let plate = (0.22..0.78).contains(&x) && (0.68..0.71).contains(&y);
            match (flame, candle && (0.3..0.42).contains(&y), layer, plate) {
                (true, ..) => [255.0, 206.0, 96.0],
                (_, true, ..) => [120.0, 170.0, 214.0],
                (_, _, true, _) if icing => [250.0, 240.0, 236.0],
                (_, _, true, _) => [146.0, 92.0, 60.0],
                (_, _, _, true) => [226.0, 230.0, 234.0],
                (..) if y > 0.7 => mix([150.0, 108.0, 74.0], [110.0, 76.0, 50.0], (y - 0.7) / 0.3),
                (..) => mix(
                    [236.0, 206.0, 170.0],
                    [170.0, 128.0, 110.0],
                    ((x - 0.5) * wide).hypot(y - 0.35) / 0.7,
                ),
            }
        }
        Form::Porch => {
            let roof = y > 0.3 && y < 0.42 && (x - 0.5).abs() < 0.08 + (y - 0.3) * 3.0;
            let wall = (0.14..0.86).contains(&x) && (0.42..0.8).contains(&y);
            let door = (0.44..0.57).contains(&x) && (0.56..0.8).contains(&y);
            let window = ((0.22..0.36).contains(&x) || (0.66..0.8).contains(&x))
                && (0.52..0.66).contains(&y);
            let bar = (x * wide * 50.0).fract() < 0.08 || (0.585..0.595).contains(&y);
            let step = (0.38..0.63).contains(&x) && (0.8..0.86).contains(&y);
            match (roof, door, window, wall, step) {
                (true, ..) => [92.0, 60.0, 54.0],
                (_, true, ..) => [120.0, 46.0, 40.0],
                (_, _, true, ..) if bar => [240.0, 236.0, 226.0],
                (_, _, true, ..) => [255.0, 214.0, 130.0],
                (_, _, _, true, _) if (y * 60.0).fract() < 0.1 => [196.0, 190.0, 176.0],
                (_, _, _, true, _) => [222.0, 216.0, 202.0],
                (_, _, _, _, true) => [150.0, 146.0, 140.0],
                (..) if y > 0.8 => mix([84.0, 110.0, 66.0], [44.0, 64.0, 36.0], (y - 0.8) / 0.2),
                (..) => mix([236.0, 164.0, 124.0], [66.0, 74.0, 122.0], 1.0 - y / 0.8),
            }
        }
        Form::Page => {
            let line = (0.1..0.9).contains(&x) && (y * 34.0).fract() < 0.4 && y > 0.16;
            let head = (0.1..0.7).contains(&x) && (0.07..0.11).contains(&y);
            if head || (line && y < 0.94) {
                [50.0, 50.0, 55.0]
            } else {
                [248.0, 246.0, 240.0]
            }
        }
    }
}

fn mix(from: Colour, to: Colour, part: f32) -> Colour {
    let part = part.clamp(0.0, 1.0);
    let [a, b, c] = from;
    let [d, e, f] = to;
    [a + (d - a) * part, b + (e - b) * part, c + (f - c) * part]
}
