/** CRC-32 (IEEE 802.3) of a text's UTF-8 bytes, made without an encoder: this folder knows no platform. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** Eight lower-case hexadecimal digits. A lone surrogate counts as U+FFFD, which is what it becomes when it travels. */
export function crc32(text: string): string {
  let crc = 0xffffffff;
  const add = (byte: number) => {
    crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  };
  for (let i = 0; i < text.length; i++) {
    let point = text.codePointAt(i) as number;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) add(point);
    else {
      if (point < 0x800) add(0xc0 | (point >> 6));
      else {
        if (point < 0x10000) add(0xe0 | (point >> 12));
        else {
          i++; // the second half of a surrogate pair
          add(0xf0 | (point >> 18));
          add(0x80 | ((point >> 12) & 0x3f));
        }
        add(0x80 | ((point >> 6) & 0x3f));
      }
      add(0x80 | (point & 0x3f));
    }
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
