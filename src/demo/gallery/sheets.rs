//! Pictures, contact sheets and the page that shows them all.

use std::fmt::Write;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context;
use image::RgbImage;
use image::imageops::{self, FilterType};

use crate::runtime::studio::Pixels;

/// Pictures side by side on a sheet.
const ACROSS: u32 = 4;
/// A picture's longer side on a sheet.
const SIDE: u32 = 420;
const GAP: u32 = 12;

/// The pixels without their alpha, which is always full.
pub fn rgb(pixels: &Pixels) -> anyhow::Result<RgbImage> {
    let bytes = pixels
        .rgba
        .chunks_exact(4)
        .flat_map(|pixel| pixel.iter().take(3).copied())
        .collect();
    RgbImage::from_raw(pixels.width, pixels.height, bytes).context("a picture has a size")
}

/// Writes a picture.
///
/// # Errors
/// What the disk says.
pub fn write(picture: &RgbImage, path: &Path, small: bool) -> anyhow::Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let (width, height) = picture.dimensions();
    let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(if small {
        png::Compression::High
    } else {
        png::Compression::Fast
    });
    encoder.write_header()?.write_image_data(picture)?;
    Ok(())
}

/// A picture as it stands on a sheet.
pub fn thumbnail(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let most = width.max(height).max(1);
    let fit = |side: u32| (side * SIDE / most).max(1);
    imageops::resize(picture, fit(width), fit(height), FilterType::Triangle)
}

/// All thumbnails of a screen on one sheet, row by row.
pub fn sheet(thumbnails: &[RgbImage]) -> RgbImage {
    let rows: Vec<&[RgbImage]> = thumbnails.chunks(ACROSS as usize).collect();
    let height_of = |row: &[RgbImage]| row.iter().map(RgbImage::height).max().unwrap_or(0);
    let height: u32 = rows.iter().map(|row| height_of(row) + GAP).sum();
    let grey = image::Rgb([120, 124, 128]);
    let mut sheet = RgbImage::from_pixel(ACROSS * (SIDE + GAP) + GAP, height + GAP, grey);
    let mut y = GAP;
    for row in rows {
        let mut x = GAP;
        for thumbnail in row {
            imageops::replace(&mut sheet, thumbnail, i64::from(x), i64::from(y));
            x += SIDE + GAP;
        }
        y += height_of(row) + GAP;
    }
    sheet
}

/// A picture as the index names it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The screen it is of.
    pub screen: &'static str,
    /// Its file.
    pub file: String,
    /// State, language and dress in words.
    pub caption: String,
}

/// The page that shows them all, one section a screen.
pub fn index(entries: &[Entry], remarks: &[String]) -> String {
    let mut page = String::from(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Dayroom gallery</title>\n<style>\
         body{font:16px sans-serif;margin:2em;background:#eee;color:#222}\
         section{display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start}\
         figure{margin:0;max-width:420px}img{max-width:420px;max-height:420px}\
         figcaption{font-size:13px}</style>\n<h1>Dayroom gallery</h1>\n",
    );
    let mut screens: Vec<&str> = entries.iter().map(|entry| entry.screen).collect();
    screens.dedup();
    let pictures = entries.len();
    let _written = writeln!(
        page,
        "<p>{pictures} pictures of {} screens.</p>",
        screens.len()
    );
    if !remarks.is_empty() {
        page.push_str("<h2>Offences</h2>\n<ul>\n");
        for remark in remarks {
            let _written = writeln!(page, "<li>{}</li>", escape(remark));
        }
        page.push_str("</ul>\n");
    }
    for screen in screens {
        let _written = writeln!(
            page,
            "<h2>{screen}</h2>\n<p><a href=\"sheet-{screen}.png\">sheet</a></p>\n<section>"
        );
        for entry in entries.iter().filter(|entry| entry.screen == screen) {
            let (file, caption) = (&entry.file, escape(&entry.caption));
            let _written = writeln!(
                page,
                "<figure><a href=\"{file}\"><img loading=\"lazy\" src=\"{file}\" alt=\"\"></a>\
                 <figcaption>{caption}</figcaption></figure>"
            );
        }
        page.push_str("</section>\n");
    }
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
