const normal = (value: bigint): number | bigint => (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);

/** A whole number from its decimal digits; undefined for another text, or one of more than 400 digits. */
export const fromDigits = (text: string): number | bigint | undefined => (/^-?\d{1,400}$/.test(text) ? normal(BigInt(text)) : undefined);

/** A whole number from little-endian bytes in two's complement; 0 for none. */
export function fromTwosComplement(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return normal(bytes.length > 0 && bytes.at(-1)! >= 0x80 ? value - (1n << BigInt(8 * bytes.length)) : value);
}
