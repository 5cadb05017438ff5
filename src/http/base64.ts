/**
 * Bytes as base64 and back, by the runtime's own methods where it has them: ten times as fast on a mebibyte.
 *
 * Bytes could stand in a string a character each, which takes a quarter less memory; but as JSON, which is what the
 * journal keeps, random bytes would then be twice as long as they are, and not a third longer.
 */
interface Native {
  toBase64?(): string
}
interface NativeConstructor {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>
}

/** Arguments of one call: as many as every runtime takes. */
const CHUNK = 0x8000

export function toBase64(bytes: Uint8Array & Native): string {
  if (bytes.toBase64 !== undefined) return bytes.toBase64()
  let text = ''
  for (let from = 0; from < bytes.length; from += CHUNK)
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK))
  return btoa(text)
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as NativeConstructor).fromBase64
  if (native !== undefined) return native(text)
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
