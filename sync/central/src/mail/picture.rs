use std::fmt;
use std::io::Cursor;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dayroom_protocol::MediaType;
use dayroom_protocol::limits::{BLOB_BYTES, PICTURE_SIDE};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgba, RgbaImage};

/// Pixels along one side of a picture that is decoded; a larger one is not looked at.
pub const DECODE_SIDE: u32 = 12_000;
/// Pixels of a picture that is decoded: the cameras of telephones stay below it.
pub const DECODE_PIXELS: u64 = 64_000_000;
/// Bytes the decoder may use: such a picture at 8 bits a channel with transparency.
const DECODER_BYTES: u64 = 4 * DECODE_PIXELS;
/// How long one picture may take.
const TIME: Duration = Duration::from_secs(20);
/// Parts a JPEG may be drawn in, one over the other; each costs as much as a picture.
const SCANS: usize = 100;
/// Bytes a drawing or a page may have before it is written as a photo.
const PNG_BYTES: usize = 4 * 1024 * 1024;
const JPEG_QUALITY: u8 = 90;

/// A picture that was decoded and written anew: nothing of the bytes that came is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// The name it came with.
    pub name: String,
    /// What it is now: JPEG or PNG.
    pub media: MediaType,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// As written anew.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("media", &self.media)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Why a picture cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not JPEG, PNG or WebP by its content.
    #[error("not a JPEG, PNG or WebP picture by its content")]
    Kind,
    /// Too many bytes.
    #[error("picture has {0} bytes and {BLOB_BYTES} fit")]
    Bytes(usize),
    /// Too many pixels along a side, or in all.
    #[error(
        "picture is {width} by {height} pixels; {DECODE_SIDE} a side and {} million in all fit",
        DECODE_PIXELS / 1_000_000
    )]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// It is drawn in more parts than any camera makes: built to keep a machine busy.
    #[error("picture is drawn in {0} parts and {SCANS} fit")]
    Scans(usize),
    /// It takes too long.
    #[error("picture takes longer than {} seconds to decode", TIME.as_secs())]
    Slow,
    /// It cannot be decoded.
    #[error("picture is damaged")]
    Damaged,
}

/// What a picture is by its first bytes, if a kiosk can show its kind.
pub(super) fn media_type(bytes: &[u8]) -> Option<(MediaType, ImageFormat)> {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => Some((MediaType::Jpeg, ImageFormat::Jpeg)),
        Ok(ImageFormat::Png) => Some((MediaType::Png, ImageFormat::Png)),
        Ok(ImageFormat::WebP) => Some((MediaType::Webp, ImageFormat::WebP)),
        Ok(_) | Err(_) => None,
    }
}

/// Decodes a picture under limits of bytes, pixels, memory and time, turns it the way it was
/// taken, shrinks it to what a kiosk shows, and writes it anew: hostile bytes, the place and the
/// camera end here.
///
/// # Errors
/// See [`PictureError`]; sizes are checked before anything is decoded.
pub fn check_picture(name: &str, bytes: &[u8]) -> Result<Picture, PictureError> {
    if bytes.len() as u64 > BLOB_BYTES {
        return Err(PictureError::Bytes(bytes.len()));
    }
    let (media, format) = media_type(bytes).ok_or(PictureError::Kind)?;
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(|_| PictureError::Damaged)?;
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged);
    }
    if width.max(height) > DECODE_SIDE || u64::from(width) * u64::from(height) > DECODE_PIXELS {
        return Err(PictureError::Size { width, height });
    }
    if media == MediaType::Jpeg {
        let scans = bytes.windows(2).filter(|two| *two == [0xff, 0xda]).count();
        if scans > SCANS {
            return Err(PictureError::Scans(scans));
        }
    }
    let owned = bytes.to_vec();
    let (media, image, bytes) = within(TIME, move || {
        let image = shrink(decode(&owned, format, (width, height))?);
        let (media, bytes) = encode(&image, media)?;
        Ok((media, image, bytes))
    })?;
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| PictureError::Damaged);
    Ok(Picture {
        name: name.to_owned(),
        media,
        width: side(image.width())?,
        height: side(image.height())?,
        bytes,
    })
}

/// Runs `act` beside and gives up on it after `time`; a fault of a decoder ends only its own thread.
fn within<T: Send + 'static>(
    time: Duration,
    act: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
) -> Result<T, PictureError> {
    let (done, wait) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("picture".to_owned())
        .spawn(move || {
            // Nobody waits any more after the time.
            let _unheard = done.send(act());
        })
        .map_err(|_| PictureError::Damaged)?;
    match wait.recv_timeout(time) {
        Ok(done) => done,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(PictureError::Slow),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(PictureError::Damaged),
    }
}

fn decode(
    bytes: &[u8],
    format: ImageFormat,
    size: (u32, u32),
) -> Result<DynamicImage, PictureError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(DECODE_SIDE);
    limits.max_image_height = Some(DECODE_SIDE);
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let damaged = |_| PictureError::Damaged;
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = size;
    if decoder.total_bytes() > DECODER_BYTES {
        return Err(PictureError::Size { width, height });
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if (image.width(), image.height()) != size {
        return Err(PictureError::Damaged);
    }
    image.apply_orientation(orientation);
    Ok(image)
}

fn shrink(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) <= PICTURE_SIDE {
        return image;
    }
    image.resize(PICTURE_SIDE, PICTURE_SIDE, FilterType::Triangle)
}

/// Photos as JPEG; drawings, pages and what is transparent as PNG while that is small.
fn encode(image: &DynamicImage, came_as: MediaType) -> Result<(MediaType, Vec<u8>), PictureError> {
    let alpha = image.color().has_alpha();
    let sharp = match came_as {
        MediaType::Jpeg => false,
        MediaType::Png => true,
        MediaType::Webp => alpha,
    };
    if sharp {
        let mut bytes = Vec::new();
        let plain = match (alpha, image.color().has_color()) {
            (true, _) => DynamicImage::ImageRgba8(image.to_rgba8()),
            (false, true) => DynamicImage::ImageRgb8(image.to_rgb8()),
            (false, false) => DynamicImage::ImageLuma8(image.to_luma8()),
        };
        plain
            .write_with_encoder(PngEncoder::new(&mut bytes))
            .map_err(|_| PictureError::Damaged)?;
        if bytes.len() <= PNG_BYTES {
            return Ok((MediaType::Png, bytes));
        }
    }
    let flat = if alpha {
        let mut paper =
            RgbaImage::from_pixel(image.width(), image.height(), Rgba([255, 255, 255, 255]));
        image::imageops::overlay(&mut paper, &image.to_rgba8(), 0, 0);
        DynamicImage::ImageRgba8(paper).to_rgb8()
    } else {
        image.to_rgb8()
    };
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(flat)
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))
        .map_err(|_| PictureError::Damaged)?;
    if bytes.len() as u64 > BLOB_BYTES {
        return Err(PictureError::Bytes(bytes.len()));
    }
    Ok((MediaType::Jpeg, bytes))
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
