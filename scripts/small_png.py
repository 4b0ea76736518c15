"""Pictures of pages as small PNG files: 256 colours, those that most of a page is made of kept exactly.

Nothing that writes pictures is installed, so the browser that took the picture counts its colours, and the file is
written here.
"""

import base64
import struct
import zlib

from playwright.sync_api import Page

_COUNT_COLOURS = """async ([picture, kept, most]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  const counts = new Map();
  for (let i = 0; i < pixels.length; i += 4) {
    const colour = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
    counts.set(colour, (counts.get(colour) || 0) + 1);
  }
  const differ = (a, b, place) => ((a >> place & 255) - (b >> place & 255)) ** 2;
  const far = (a, b) => differ(a, b, 16) + differ(a, b, 8) + differ(a, b, 0);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const palette = byCount.slice(0, kept).map(([colour]) => colour);
  // Then, one after the other, the colour that the palette so far serves worst.
  const rest = byCount.slice(kept).map(([colour, count]) =>
    ({ colour, count, worst: Math.min(...palette.map((chosen) => far(colour, chosen))) }));
  while (palette.length < most && rest.length) {
    let next = rest[0];
    for (const one of rest) if (one.worst * Math.sqrt(one.count) > next.worst * Math.sqrt(next.count)) next = one;
    if (next.worst === 0) break;
    palette.push(next.colour);
    for (const one of rest) one.worst = Math.min(one.worst, far(one.colour, next.colour));
  }
  const places = new Map(palette.map((colour, place) => [colour, place]));
  const indices = new Uint8Array(image.width * image.height);
  for (let i = 0, at = 0; i < pixels.length; i += 4, at += 1) {
    const colour = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
    let place = places.get(colour);
    if (place === undefined) {
      place = 0;
      for (let p = 1; p < palette.length; p += 1) if (far(colour, palette[p]) < far(colour, palette[place])) place = p;
      places.set(colour, place);
    }
    indices[at] = place;
  }
  let text = '';
  for (let i = 0; i < indices.length; i += 32768) text += String.fromCharCode(...indices.subarray(i, i + 32768));
  return { width: image.width, height: image.height, palette, indices: btoa(text) };
}"""
_KEPT, _MOST = 160, 256


def make_small(page: Page, picture: bytes) -> bytes:
    """Return the same picture in 256 colours; `page` is any page of a browser."""
    counted = page.evaluate(_COUNT_COLOURS, [base64.b64encode(picture).decode(), _KEPT, _MOST])
    width, height = counted["width"], counted["height"]
    pixels = base64.b64decode(counted["indices"])
    rows = b"".join(b"\0" + pixels[row * width : (row + 1) * width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = b"".join(colour.to_bytes(3, "big") for colour in counted["palette"])
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, data) for name, data in parts)


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
