/** The plain types that a column, a tensor or a parameter can have, reduced to what a JSON value is checked against. */
export interface ValueType {
  /** The name that the signature uses, shown in messages. */
  name: string;
  kind: 'float' | 'integer' | 'boolean' | 'string' | 'binary' | 'datetime';
  min?: bigint;
  max?: bigint;
}

const integer = (name: string, bits: number, signed = true): ValueType => ({
  name,
  kind: 'integer',
  min: signed ? -(2n ** BigInt(bits - 1)) : 0n,
  max: 2n ** BigInt(signed ? bits - 1 : bits) - 1n,
});

/** The scalar types of a column-based signature. */
export const COLUMN_TYPES: Readonly<Record<string, ValueType>> = {
  boolean: { name: 'boolean', kind: 'boolean' },
  integer: integer('integer', 32),
  long: integer('long', 64),
  float: { name: 'float', kind: 'float' },
  double: { name: 'double', kind: 'float' },
  string: { name: 'string', kind: 'string' },
  binary: { name: 'binary', kind: 'binary' },
  datetime: { name: 'datetime', kind: 'datetime' },
};

/** The NumPy dtypes of a tensor-based signature, which are also the names of ONNX tensor types. */
export const TENSOR_TYPES: Readonly<Record<string, ValueType>> = {
  float16: { name: 'float16', kind: 'float' },
  float32: { name: 'float32', kind: 'float' },
  float64: { name: 'float64', kind: 'float' },
  int8: integer('int8', 8),
  int16: integer('int16', 16),
  int32: integer('int32', 32),
  int64: integer('int64', 64),
  uint8: integer('uint8', 8, false),
  uint16: integer('uint16', 16, false),
  uint32: integer('uint32', 32, false),
  uint64: integer('uint64', 64, false),
  bool: { name: 'bool', kind: 'boolean' },
  str: { name: 'str', kind: 'string' },
  string: { name: 'string', kind: 'string' },
  object: { name: 'object', kind: 'string' },
};
