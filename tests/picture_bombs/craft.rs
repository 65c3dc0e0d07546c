//! Files made by hand, byte for byte.

/// A zlib stream of so many MiB of zeros.
pub fn deflated_zeros(mib: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4096, mib * 64);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row = vec![0; 4096 * 4];
    for _ in 0..mib * 64 {
        std::io::Write::write_all(&mut rows, &row).unwrap();
    }
    rows.finish().unwrap();
    drop(writer);
    // What stands in its chunks of pixels, in one piece.
    let (mut stream, mut at) = (Vec::new(), 8);
    while at + 12 <= bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        if &bytes[at + 4..at + 8] == b"IDAT" {
            stream.extend_from_slice(&bytes[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    stream
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let named = [name, data].concat();
    out.extend_from_slice(&named);
    out.extend(crc(&named).to_be_bytes());
}

/// A PNG that claims a size and a depth, with that stream of pixels.
pub fn png(width: u32, height: u32, depth: u8, color: u8, stream: &[u8]) -> Vec<u8> {
    let mut out = start(width, height, depth, color);
    chunk(&mut out, b"IDAT", stream);
    chunk(&mut out, b"IEND", &[]);
    out
}

/// A small PNG with something before its pixels.
pub fn png_with(name: &[u8; 4], head: &[u8], stream: &[u8]) -> Vec<u8> {
    let mut out = start(10, 10, 8, 6);
    chunk(&mut out, name, &[head, stream].concat());
    chunk(&mut out, b"IDAT", stream);
    chunk(&mut out, b"IEND", &[]);
    out
}

fn start(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(
        &mut out,
        b"IHDR",
        &[&size[..], &[depth, color, 0, 0, 0]].concat(),
    );
    out
}

/// A grey JPEG whose blocks are all alike; `frame` 0xc2 is progressive, of so many passes.
pub fn jpeg(width: u16, height: u16, frame: u8, passes: usize) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    segment(&mut out, 0xdb, &[&[0][..], &[1; 64]].concat());
    let [h1, h0] = height.to_be_bytes();
    let [w1, w0] = width.to_be_bytes();
    segment(&mut out, frame, &[8, h1, h0, w1, w0, 1, 1, 0x11, 0]);
    // One code of one bit each: no difference, and the end of a band of 2^14 blocks and more.
    let table = |class: u8, symbol: u8| [&[class, 1][..], &[0; 15], &[symbol]].concat();
    segment(&mut out, 0xc4, &table(0x00, 0x00));
    segment(
        &mut out,
        0xc4,
        &table(0x10, if frame == 0xc2 { 0xe0 } else { 0x00 }),
    );
    let blocks = usize::from(width.div_ceil(8)) * usize::from(height.div_ceil(8));
    if frame == 0xc2 {
        segment(&mut out, 0xda, &[1, 1, 0, 0, 0, 0]);
        out.extend(vec![0; blocks.min(60_000).div_ceil(8)]);
        for _ in 0..passes {
            segment(&mut out, 0xda, &[1, 1, 0, 1, 63, 0]);
            out.extend([0; 8]);
        }
    } else {
        segment(&mut out, 0xda, &[1, 1, 0, 0, 63, 0]);
        out.extend([0; 64]);
    }
    out.extend([0xff, 0xd9]);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    out.extend([0xff, marker]);
    out.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
    out.extend_from_slice(data);
}

/// The head of a lossless WebP that claims a size, and little after it.
pub fn webp_lossless(width: u32, height: u32) -> Vec<u8> {
    let size = (width - 1) | ((height - 1) << 14);
    let body = [&[0x2f][..], &size.to_le_bytes(), &[0; 32]].concat();
    let length = u32::try_from(body.len()).unwrap();
    let mut out = b"RIFF".to_vec();
    out.extend((length + 13).to_le_bytes());
    out.extend(b"WEBPVP8L");
    out.extend(length.to_le_bytes());
    out.extend_from_slice(&body);
    out.push(0);
    out
}
