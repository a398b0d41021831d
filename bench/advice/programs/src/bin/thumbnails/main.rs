//! Small images are written and read with `png`, with an output or a list of pixels for each.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder};
use programs::bench;
use repool_bench::Bench;
use repool_prof::ProfAlloc;

#[global_allocator]
static ALLOC: ProfAlloc = ProfAlloc::new();

/// The width and height.
const SIDE: usize = 64;

#[inline(never)]
fn write(pixels: &[u8]) -> usize {
    let mut image = Vec::new();
    write_into(pixels, &mut image);
    image.len()
}

fn write_into(pixels: &[u8], image: &mut Vec<u8>) {
    let mut encoder = Encoder::new(image, SIDE as u32, SIDE as u32);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    let mut writer = encoder.write_header().expect("a Vec takes all"); // line: header
    let written = writer.write_image_data(pixels); // line: data
    written.expect("a Vec takes all");
    writer.finish().expect("a Vec takes all");
}

#[inline(never)]
fn read(image: &[u8]) -> usize {
    let decoder = Decoder::new(Cursor::new(image)); // line: decoder
    let mut reader = decoder.read_info().expect("an image"); // line: info
    let size = reader.output_buffer_size().expect("a small image");
    let mut pixels = vec![0; size]; // line: pixels
    let read = reader.next_frame(&mut pixels); // line: frame
    read.expect("an image").buffer_size()
}

#[inline(never)]
fn read_reused(image: &[u8], pixels: &mut Vec<u8>) -> usize {
    let decoder = Decoder::new(Cursor::new(image));
    let mut reader = decoder.read_info().expect("an image");
    let size = reader.output_buffer_size().expect("a small image");
    pixels.resize(size, 0);
    let read = reader.next_frame(pixels);
    read.expect("an image").buffer_size()
}

fn main() {
    let color = |index: usize| (index / 7 * 3 % 251) as u8;
    let pixels: Vec<u8> = (0..4 * SIDE * SIDE).map(color).collect();
    let mut image = Vec::new();
    write_into(&pixels, &mut image);
    let mut output = Vec::new();
    let mut read_pixels = Vec::new();
    let mut harness = Bench::new();
    bench(&mut harness, "WriteA", || write(&pixels));
    bench(&mut harness, "WriteB", || {
        output.clear();
        write_into(&pixels, &mut output);
        output.len()
    });
    bench(&mut harness, "ReadA", || read(&image));
    bench(&mut harness, "ReadB", || {
        read_reused(&image, &mut read_pixels)
    });
}
