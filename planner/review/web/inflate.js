// DEFLATE (RFC 1951) in a zlib wrapper (RFC 1950), for browsers without DecompressionStream.

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
  13];
const LENGTHS_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

// A canonical Huffman code: how many codes of each length, and the symbols in order.
function huffman(lengths) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] += 1;
  counts[0] = 0;
  const starts = new Uint16Array(16);
  for (let bits = 1; bits < 16; bits += 1) starts[bits] = starts[bits - 1] + counts[bits - 1];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length) symbols[starts[length]++] = symbol;
  });
  return { counts, symbols };
}

class BitReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 2; // the zlib header
    this.hold = 0;
    this.held = 0;
  }

  bits(count) {
    while (this.held < count) {
      this.hold |= this.bytes[this.at++] << this.held;
      this.held += 8;
    }
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.held -= count;
    return value;
  }

  symbol(code) {
    let value = 0;
    let first = 0;
    let start = 0;
    for (let length = 1; length < 16; length += 1) {
      value |= this.bits(1);
      const count = code.counts[length];
      if (value - count < first) return code.symbols[start + value - first];
      start += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw new Error("the packed data is damaged");
  }

  alignToByte() {
    this.hold = 0;
    this.held = 0;
  }
}

function fixedCodes() {
  const lengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
  return [huffman(lengths), huffman(new Array(30).fill(5))];
}

function dynamicCodes(reader) {
  const literals = reader.bits(5) + 257;
  const distances = reader.bits(5) + 1;
  const given = reader.bits(4) + 4;
  const order = new Array(19).fill(0);
  for (let i = 0; i < given; i += 1) order[LENGTHS_ORDER[i]] = reader.bits(3);
  const code = huffman(order);
  const lengths = [];
  while (lengths.length < literals + distances) {
    const symbol = reader.symbol(code);
    if (symbol < 16) lengths.push(symbol);
    else {
      const value = symbol === 16 ? lengths[lengths.length - 1] : 0;
      const times = symbol === 16 ? 3 + reader.bits(2) : symbol === 17 ? 3 + reader.bits(3) : 11 + reader.bits(7);
      for (let i = 0; i < times; i += 1) lengths.push(value);
    }
  }
  return [huffman(lengths.slice(0, literals)), huffman(lengths.slice(literals))];
}

class Growing {
  constructor(size) {
    this.bytes = new Uint8Array(size);
    this.length = 0;
  }

  room(more) {
    if (this.length + more <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    bytes.set(this.bytes);
    this.bytes = bytes;
  }

  push(value) {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  repeat(distance, length) {
    this.room(length);
    for (let i = 0; i < length; i += 1, this.length += 1) this.bytes[this.length] = this.bytes[this.length - distance];
  }
}

function inflateBlock(reader, out, [literals, distances]) {
  for (;;) {
    const symbol = reader.symbol(literals);
    if (symbol === 256) return;
    if (symbol < 256) out.push(symbol);
    else {
      const length = LENGTH_BASE[symbol - 257] + reader.bits(LENGTH_EXTRA[symbol - 257]);
      const slot = reader.symbol(distances);
      out.repeat(DISTANCE_BASE[slot] + reader.bits(DISTANCE_EXTRA[slot]), length);
    }
  }
}

function inflate(bytes) {
  const reader = new BitReader(bytes);
  const out = new Growing(bytes.length * 4);
  for (let last = 0; !last; ) {
    last = reader.bits(1);
    const kind = reader.bits(2);
    if (kind === 0) {
      reader.alignToByte();
      const length = reader.bytes[reader.at] | (reader.bytes[reader.at + 1] << 8);
      for (let i = 0; i < length; i += 1) out.push(reader.bytes[reader.at + 4 + i]);
      reader.at += 4 + length;
    } else inflateBlock(reader, out, kind === 1 ? fixedCodes() : dynamicCodes(reader));
  }
  return out.bytes.subarray(0, out.length);
}
