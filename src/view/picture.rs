//! Pictures from outside, decoded under limits. There is no network where this runs.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use crate::domain::MediaType;

/// Pixels along one side of a picture that is still decoded.
const MAX_SIDE: u32 = 4096;
/// Bytes a decoder may allocate: 4096 x 4096 pixels of four bytes, and as much to work with.
const MAX_ALLOCATION: u64 = 2 * 4 * 4096 * 4096;

/// Why a picture cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Broken, or not what it says it is.
    #[error("picture cannot be decoded")]
    Broken(#[source] image::ImageError),
    /// More pixels or memory than a picture may take.
    #[error("picture passes the limits of a picture")]
    TooLarge(#[source] image::ImageError),
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
    let format = match media {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Webp => ImageFormat::WebP,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| {
        if matches!(error, image::ImageError::Limits(_)) {
            PictureError::TooLarge(error)
        } else {
            PictureError::Broken(error)
        }
    })?;
    let picture = if picture.width().max(picture.height()) > side {
        picture.thumbnail(side, side)
    } else {
        picture
    };
    Ok(pixels(&picture))
}

fn pixels(picture: &DynamicImage) -> Pixels {
    let rgba = picture.to_rgba8();
    Pixels {
        width: rgba.width(),
        height: rgba.height(),
        rgba: rgba.into_raw(),
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
    fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
        let bomb = png(5000, 10);
        assert!(matches!(
            decode(&bomb, MediaType::Png, 200),
            Err(PictureError::TooLarge(_))
        ));
    }

    #[test]
    fn bytes_that_are_no_picture_are_refused() {
        assert!(matches!(
            decode(b"hello", MediaType::Jpeg, 9),
            Err(PictureError::Broken(_))
        ));
        let mut cut = png(40, 40);
        cut.truncate(50);
        assert!(decode(&cut, MediaType::Png, 9).is_err());
        assert!(decode(&png(4, 4), MediaType::Webp, 9).is_err());
    }
}
