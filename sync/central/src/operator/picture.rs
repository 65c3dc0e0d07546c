use std::io::Cursor;

use dayroom_protocol::{Attachment, AttachmentKind, BlobHash, MediaType, limits};
use image::{ImageFormat, ImageReader};

use crate::kiosk::sha256;

/// A picture on its way into a message.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAttachment {
    pub(super) attachment: Attachment,
    pub(super) content: Vec<u8>,
}

/// Why bytes are no picture a kiosk shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Neither JPEG nor PNG nor WebP.
    #[error("not a JPEG, PNG or WebP picture")]
    Format,
    /// Its header cannot be read.
    #[error("picture is damaged")]
    Damaged,
    /// More bytes than a blob may have.
    #[error("picture has too many bytes")]
    TooManyBytes,
    /// More pixels along a side than a kiosk decodes.
    #[error("picture is too wide or too high")]
    TooManyPixels,
    /// The file name passes its limit.
    #[error("picture's name is too long")]
    Name,
}

impl NewAttachment {
    /// Looks at a picture's header: its form, from the bytes and not from the name, and its size.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn read(name: &str, content: Vec<u8>) -> Result<Self, PictureError> {
        if name.len() > limits::NAME_BYTES {
            return Err(PictureError::Name);
        }
        let bytes = u32::try_from(content.len())
            .ok()
            .filter(|bytes| u64::from(*bytes) <= limits::BLOB_BYTES)
            .ok_or(PictureError::TooManyBytes)?;
        let format = image::guess_format(&content).map_err(|_| PictureError::Format)?;
        let media = media_type(format).ok_or(PictureError::Format)?;
        let (width, height) = ImageReader::with_format(Cursor::new(&content), format)
            .into_dimensions()
            .map_err(|_| PictureError::Damaged)?;
        let side = |pixels: u32| {
            u16::try_from(pixels)
                .ok()
                .filter(|_| pixels <= limits::PICTURE_SIDE)
                .ok_or(PictureError::TooManyPixels)
        };
        Ok(Self {
            attachment: Attachment {
                blob: sha256(&content),
                media,
                bytes,
                width: side(width)?,
                height: side(height)?,
                name: name.to_owned(),
                kind: AttachmentKind::Photo,
            },
            content,
        })
    }

    /// The same, as what a picture is of.
    #[must_use]
    pub fn of_kind(mut self, kind: AttachmentKind) -> Self {
        self.attachment.kind = kind;
        self
    }

    #[cfg(test)]
    pub(crate) fn write_to(&self, folder: &std::path::Path) -> std::io::Result<()> {
        std::fs::write(folder.join(&self.attachment.name), &self.content)
    }

    /// The name of its blob.
    pub fn hash(&self) -> BlobHash {
        self.attachment.blob
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list of formats is the image library's and open-ended"
)]
fn media_type(format: ImageFormat) -> Option<MediaType> {
    match format {
        ImageFormat::Jpeg => Some(MediaType::Jpeg),
        ImageFormat::Png => Some(MediaType::Png),
        ImageFormat::WebP => Some(MediaType::Webp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use image::{ColorType, ImageEncoder, codecs::png::PngEncoder};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes)
            .write_image(
                &vec![7; (width * height) as usize],
                width,
                height,
                ColorType::L8.into(),
            )
            .unwrap();
        bytes
    }

    #[test]
    fn a_picture_is_known_by_its_bytes_and_not_by_its_name() {
        let picture = NewAttachment::read("holiday.jpg", png(30, 20)).unwrap();
        assert_eq!(picture.attachment.media, MediaType::Png);
        assert_eq!(
            (picture.attachment.width, picture.attachment.height),
            (30, 20)
        );
        assert_eq!(
            NewAttachment::read("a.png", b"GIF89a......".to_vec()).err(),
            Some(PictureError::Format)
        );
        assert_eq!(
            NewAttachment::read("a.png", png(30, 20)[..12].to_vec()).err(),
            Some(PictureError::Damaged)
        );
        assert_eq!(
            NewAttachment::read("a.png", png(5000, 1)).err(),
            Some(PictureError::TooManyPixels)
        );
    }
}
