//! Pictures from outside, decoded under limits. There is no network where this runs.

use std::borrow::Cow;
use std::io::{BufRead, Cursor, Error, ErrorKind, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use crate::domain::MediaType;

/// Pixels along one side of a picture that is still decoded (G16).
const MAX_SIDE: u32 = 4096;
/// Bytes a decoder may allocate (G16): a page of mail at 300 dots an inch fits.
const MAX_ALLOCATION: u64 = 32 * 1024 * 1024;
/// Bytes of a file that is looked at; what central serves may be as long.
const MAX_FILE: usize = 32 * 1024 * 1024;
/// Bytes a progressive JPEG takes to decode for each pixel: three of colour, and two of
/// coefficients for each of them, all held to the end.
const PROGRESSIVE_PIXEL: u64 = 9;

/// Bytes of what a PNG may carry beside its pixels and is unfolded with them, such as a colour
/// profile; a thousand times as much can come out of it. What is longer is left out.
const MAX_ASIDE: usize = 8 * 1024;
/// Bytes of a PNG of which something is left out.
const MAX_REST: usize = 16 * 1024 * 1024;

/// Why a picture cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Broken, or not what it says it is.
    #[error("picture cannot be decoded")]
    Broken(#[source] image::ImageError),
    /// More pixels, memory or bytes than a picture may take.
    #[error("picture passes the limits of a picture")]
    TooLarge,
    /// It took longer than a picture may take.
    #[error("picture takes too long to decode")]
    TooSlow,
}

/// Decoded pixels, four bytes each, red, green, blue, alpha.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

/// Decodes a picture and makes it fit into a square of `side` pixels.
///
/// # Errors
/// When the bytes are no such picture, or pass the limits.
pub fn decode(bytes: &[u8], media: MediaType, side: u32) -> Result<Pixels, PictureError> {
    decode_until(bytes, media, side, &AtomicBool::new(false))
}

/// As [`decode`], but gives up at the next read once `stop` is set.
///
/// # Errors
/// As [`decode`], and [`PictureError::TooSlow`] when it was stopped.
pub fn decode_until(
    bytes: &[u8],
    media: MediaType,
    side: u32,
    stop: &AtomicBool,
) -> Result<Pixels, PictureError> {
    let format = match media {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Webp => ImageFormat::WebP,
    };
    if bytes.len() > MAX_FILE {
        return Err(PictureError::TooLarge);
    }
    let bytes = match media {
        MediaType::Png => without_asides(bytes).ok_or(PictureError::TooLarge)?,
        MediaType::Jpeg | MediaType::Webp => Cow::Borrowed(bytes),
    };
    let bytes = bytes.as_ref();
    if media == MediaType::Jpeg && progressive_pixels(bytes) > MAX_ALLOCATION / PROGRESSIVE_PIXEL {
        return Err(PictureError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    let source = Stoppable {
        bytes: Cursor::new(bytes),
        stop,
    };
    let mut reader = ImageReader::with_format(source, format);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| {
        if stop.load(Ordering::Relaxed) {
            PictureError::TooSlow
        } else if matches!(error, image::ImageError::Limits(_)) {
            PictureError::TooLarge
        } else {
            PictureError::Broken(error)
        }
    })?;
    if picture.width().max(picture.height()) <= side {
        return Ok(pixels(picture));
    }
    let smaller = picture.thumbnail(side, side);
    drop(picture);
    Ok(pixels(smaller))
}

fn pixels(picture: DynamicImage) -> Pixels {
    let rgba = picture.into_rgba8();
    Pixels {
        width: rgba.width(),
        height: rgba.height(),
        rgba: rgba.into_raw(),
    }
}

/// A PNG without what is carried beside its pixels, if any of that is long; `None` if what is left
/// is too long to be copied. Names of chunks that are not needed begin with a small letter.
fn without_asides(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let needed = |name: &[u8]| name == b"tRNS" || name.first().is_some_and(u8::is_ascii_uppercase);
    if chunks(bytes).all(|chunk| needed(name(chunk)) || chunk.len() <= MAX_ASIDE) {
        return Some(Cow::Borrowed(bytes));
    }
    let mut rest = bytes.get(..SIGNATURE)?.to_vec();
    for chunk in chunks(bytes).filter(|chunk| needed(name(chunk))) {
        if rest.len() + chunk.len() > MAX_REST {
            return None;
        }
        rest.extend_from_slice(chunk);
    }
    Some(Cow::Owned(rest))
}

/// Bytes before the first chunk of a PNG.
const SIGNATURE: usize = 8;
/// Bytes of a chunk beside its data: length, name and check sum.
const AROUND: usize = 12;

/// The chunks of a PNG, each whole; one that is cut short goes to the end.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*rest.first_chunk()?);
        let length = usize::try_from(length).ok()?.checked_add(AROUND)?;
        let (chunk, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        Some(chunk)
    })
}

fn name(chunk: &[u8]) -> &[u8] {
    chunk.get(4..8).unwrap_or_default()
}

/// The pixels a JPEG claims if it is progressive, else 0: walks its segments up to the frame's.
fn progressive_pixels(bytes: &[u8]) -> u64 {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xff, marker, after @ ..] = rest {
        match (*marker, after) {
            // Fill bytes, and markers without a segment.
            (0xff, _) => rest = rest.get(1..).unwrap_or_default(),
            (0x01 | 0xd0..=0xd8, _) => rest = after,
            (0xc2 | 0xc6 | 0xca | 0xce, [_, _, _, h1, h0, w1, w0, ..]) => {
                let side = |high: &u8, low: &u8| u64::from(u16::from_be_bytes([*high, *low]));
                return side(h1, h0) * side(w1, w0);
            }
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = after.get(length.max(2)..).unwrap_or_default();
            }
            (_, _) => return 0,
        }
    }
    0
}

/// Bytes that can be taken away from whoever reads them.
struct Stoppable<'a> {
    bytes: Cursor<&'a [u8]>,
    stop: &'a AtomicBool,
}

impl Stoppable<'_> {
    fn check(&self) -> std::io::Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::from(ErrorKind::TimedOut));
        }
        Ok(())
    }
}

impl Read for Stoppable<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.check()?;
        // In small bites, so that there is a next read.
        let bite = into.len().min(16 * 1024);
        self.bytes.read(into.get_mut(..bite).unwrap_or_default())
    }
}

impl BufRead for Stoppable<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.check()?;
        let left = self.bytes.fill_buf()?;
        Ok(left.get(..left.len().min(16 * 1024)).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

impl Seek for Stoppable<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_made_to_fit() {
        let pixels = decode(&png(400, 100), MediaType::Png, 200).unwrap();
        assert_eq!((pixels.width, pixels.height), (200, 50));
        assert_eq!(pixels.rgba.len(), 200 * 50 * 4);
    }

    #[test]
    fn a_decoder_that_is_told_to_stop_stops() {
        let stopped = AtomicBool::new(true);
        let end = decode_until(&png(400, 100), MediaType::Png, 200, &stopped);
        assert!(matches!(end, Err(PictureError::TooSlow)));
    }

    #[test]
    fn the_size_a_progressive_jpeg_claims_is_found_behind_other_segments() {
        let frame = |marker: u8| {
            let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, marker];
            bytes.extend([0, 17, 8, 0x0f, 0xa0, 0x0b, 0xb8, 3]);
            bytes
        };
        assert_eq!(progressive_pixels(&frame(0xc2)), 4000 * 3000);
        assert_eq!(progressive_pixels(&frame(0xc0)), 0);
        assert_eq!(progressive_pixels(&[0xff, 0xd8, 0xff, 0xe0]), 0);
        assert_eq!(progressive_pixels(&[]), 0);
    }
}
