use std::sync::mpsc;

use image::{GrayImage, RgbImage};

use super::*;

fn photo(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 3) as u8, (y * 5) as u8, (x ^ y) as u8])
    }))
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// A PNG that says it is this large, with the picture data of a small one.
fn boastful(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = written(
        &DynamicImage::ImageLuma8(GrayImage::new(4, 4)),
        ImageFormat::Png,
    );
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = checksum(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// A JPEG whose Exif part says that the camera was turned by a quarter, and where it was.
fn turned() -> Vec<u8> {
    let plain = written(&photo(60, 40), ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend(b"GPS 41.8781 N");
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&plain[2..]);
    bytes
}

#[test]
fn a_photo_is_turned_upright_and_loses_where_it_was_taken() {
    let bytes = turned();
    assert!(bytes.windows(3).any(|part| part == b"GPS"));
    let picture = check_picture("a.jpg", &bytes).unwrap();
    assert_eq!(
        (picture.media, picture.width, picture.height),
        (MediaType::Jpeg, 40, 60)
    );
    for gone in [&b"Exif"[..], b"GPS"] {
        assert!(!picture.bytes.windows(gone.len()).any(|part| part == gone));
    }
}

#[test]
fn whatever_comes_goes_out_as_jpeg_or_png() {
    for (format, media) in [
        (ImageFormat::Jpeg, MediaType::Jpeg),
        (ImageFormat::Png, MediaType::Png),
        (ImageFormat::WebP, MediaType::Jpeg),
    ] {
        let picture = check_picture("a", &written(&photo(50, 30), format)).unwrap();
        assert_eq!(picture.media, media, "{format:?}");
        assert_eq!((picture.width, picture.height), (50, 30));
        assert_eq!(media_type(&picture.bytes).unwrap().0, media);
    }
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(9, 9, Rgba([1, 2, 3, 40])));
    let card = check_picture("card", &written(&clear, ImageFormat::WebP)).unwrap();
    assert_eq!(card.media, MediaType::Png);
}

#[test]
fn bytes_behind_the_picture_do_not_go_out() {
    let mut bytes = written(&photo(50, 30), ImageFormat::Png);
    bytes.extend(b"#!/bin/sh");
    let picture = check_picture("a.png", &bytes).unwrap();
    assert!(!picture.bytes.windows(9).any(|part| part == b"#!/bin/sh"));
}

#[test]
fn a_photo_larger_than_a_kiosk_shows_is_made_smaller() {
    let wide = DynamicImage::ImageLuma8(GrayImage::new(PICTURE_SIDE * 2, 300));
    let picture = check_picture("wide.png", &written(&wide, ImageFormat::Png)).unwrap();
    let side = u16::try_from(PICTURE_SIDE).unwrap();
    assert_eq!((picture.width, picture.height), (side, 150));
}

#[test]
fn a_picture_that_says_it_is_huge_is_refused_before_it_is_decoded() {
    for (width, height) in [(DECODE_SIDE + 1, 1), (1, 60_000), (12_000, 12_000)] {
        assert_eq!(
            check_picture("bomb.png", &boastful(width, height)),
            Err(PictureError::Size { width, height })
        );
    }
    let said = PictureError::Size {
        width: 12_000,
        height: 12_000,
    };
    assert!(said.to_string().contains("64 million in all fit"));
}

#[test]
fn a_picture_that_says_it_is_larger_than_its_data_is_damaged() {
    assert_eq!(
        check_picture("a.png", &boastful(8_000, 8_000)),
        Err(PictureError::Damaged)
    );
}

#[test]
fn a_jpeg_drawn_in_a_thousand_parts_is_refused() {
    let mut bytes = written(&photo(60, 40), ImageFormat::Jpeg);
    for _ in 0..1_000 {
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    }
    assert_eq!(
        check_picture("bomb.jpg", &bytes),
        Err(PictureError::Scans(1_001))
    );
}

#[test]
fn what_takes_too_long_is_given_up_and_what_panics_is_damaged() {
    let (_open, gate) = mpsc::channel::<()>();
    let slow = within(Duration::from_millis(1), move || {
        let _closed = gate.recv();
        Ok(())
    });
    assert_eq!(slow, Err(PictureError::Slow));
    let fault = within(TIME, || -> Result<(), PictureError> {
        std::panic::resume_unwind(Box::new("a decoder's fault"))
    });
    assert_eq!(fault, Err(PictureError::Damaged));
}
