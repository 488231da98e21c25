import { inflateRawSync } from 'node:zlib'

const END = 'PK\x05\x06'
const DEFLATED = 8

/** The files in a zip file by their names, as its central directory lists them. */
export const readZip = (zip: Buffer): ReadonlyMap<string, Buffer> => {
  const end = zip.lastIndexOf(END, undefined, 'latin1')
  const files = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = readLengths(zip, at + 28)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    files.set(name, readEntry(zip, at))
    at += 46 + nameLength + extraLength + commentLength
  }
  return files
}

const readEntry = (zip: Buffer, at: number): Buffer => {
  const local = zip.readUInt32LE(at + 42)
  const [nameLength, extraLength] = readLengths(zip, local + 26)
  const start = local + 30 + nameLength + extraLength
  const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
  return zip.readUInt16LE(at + 10) === DEFLATED ? inflateRawSync(packed) : packed
}

const readLengths = (zip: Buffer, at: number): [number, number, number] => [
  zip.readUInt16LE(at),
  zip.readUInt16LE(at + 2),
  zip.readUInt16LE(at + 4),
]
