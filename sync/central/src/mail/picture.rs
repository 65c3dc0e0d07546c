use std::fmt;
use std::io::Cursor;

use dayroom_protocol::MediaType;
use dayroom_protocol::limits::{BLOB_BYTES, PICTURE_SIDE};
use image::{ImageFormat, ImageReader, Limits};

/// Bytes the decoder may use: a picture of the largest size at 16 bits a channel, twice.
const DECODER_BYTES: u64 = 2 * 8 * (PICTURE_SIDE as u64) * (PICTURE_SIDE as u64);

/// A picture that was decoded once and can be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// The name it came with.
    pub name: String,
    /// What it is, by its content.
    pub media: MediaType,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// As it came.
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
    /// Too many pixels along a side.
    #[error("picture is {width} by {height} pixels and {PICTURE_SIDE} a side fit")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
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

/// Looks into a picture and decodes it once.
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
    let sides = match (u16::try_from(width), u16::try_from(height)) {
        (Ok(across), Ok(down)) if width.max(height) <= PICTURE_SIDE => Some((across, down)),
        _ => None,
    };
    let (across, down) = sides.ok_or(PictureError::Size { width, height })?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(PICTURE_SIDE);
    limits.max_image_height = Some(PICTURE_SIDE);
    limits.max_alloc = Some(DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoded = reader.decode().map_err(|_| PictureError::Damaged)?;
    if (decoded.width(), decoded.height()) != (width, height) || width == 0 || height == 0 {
        return Err(PictureError::Damaged);
    }
    Ok(Picture {
        name: name.to_owned(),
        media,
        width: across,
        height: down,
        bytes: bytes.to_vec(),
    })
}
