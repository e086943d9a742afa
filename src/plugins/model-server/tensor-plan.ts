import { BadRequest, InvalidParameterValue, UnservableModel } from '../../errors.js';
import { type NumberRule, checkNumberRule, checkValue, isOrdinary, storeValue } from './cell.js';
import type { Feeds } from './column-plan.js';
import { type Frame, kindOf } from './frame.js';
import { asRecord } from './mlmodel.js';
import { type ScoringRequest, isDataFrame, toFrame } from './scoring-request.js';
import type { TensorSpec } from './signature.js';
import { type GraphTensor, type TensorData, allocate, dimsAgree, showDims, sizeOf } from './tensor.js';
import { TENSOR_TYPES } from './value-types.js';

/** How named or unnamed tensors reach the inputs of a model's graph. */
export interface TensorPlan {
  tensors: readonly { spec: TensorSpec; input: GraphTensor }[];
  named: boolean;
  rule: NumberRule;
}

/** Fits tensor specifications to a graph. Throws UnservableModel where no request could ever be answered. */
export function planTensors(specs: readonly TensorSpec[], named: boolean, inputs: readonly GraphTensor[], rule: NumberRule): TensorPlan {
  if (specs.length !== inputs.length) throw new UnservableModel(`The signature has ${specs.length} tensors, but the model's graph has the inputs ${namesOf(inputs)}.`);
  const tensors = specs.map((spec) => {
    const input = specs.length === 1 ? inputs[0]! : inputs.find(({ name }) => name === spec.name);
    if (!input) throw new UnservableModel(`The signature has the tensor '${spec.name ?? ''}', but the model's graph has the inputs ${namesOf(inputs)}.`);
    if ((spec.type.kind === 'string') !== (input.type === 'string')) throw new UnservableModel(`The signature has a tensor of ${spec.type.name}, but the model's input '${input.name}' takes ${input.type}.`);
    return { spec, input };
  });
  return { tensors, named, rule };
}

/** The specifications that a graph itself implies, for a model without a signature. */
export const specsOfGraph = (inputs: readonly GraphTensor[]): TensorSpec[] =>
  inputs.map(({ name, type, dims }) => ({ name, type: TENSOR_TYPES[type]!, shape: dims ?? [] }));

/** Reads a request into the graph's tensors, checking shape and values. Throws InvalidParameterValue naming tensor and index. */
export function decodeTensors(plan: TensorPlan, request: ScoringRequest): Feeds {
  const values = isDataFrame(request.format) ? fromFrame(plan, toFrame(request)) : fromJson(plan, request);
  const tensors: Record<string, TensorData> = {};
  plan.tensors.forEach(({ spec, input }, index) => {
    tensors[input.name] = readTensor(values[index], { spec, input, rule: plan.rule });
  });
  return { rows: tensors[plan.tensors[0]!.input.name]!.dims[0] ?? 1, tensors };
}

/** `inputs` give each tensor whole, `instances` may give one object a row. */
function fromJson({ tensors, named }: TensorPlan, { format, data }: ScoringRequest): unknown[] {
  const rows = format === 'instances' && Array.isArray(data) && asRecord(data[0]) ? data : undefined;
  const fields = rows ? undefined : asRecord(data);
  if (!rows && !fields) {
    if (tensors.length === 1) return [data];
    throw missing(tensors.map(({ spec }) => spec), `${format} is a ${kindOf(data)}`);
  }
  if (!named) throw new BadRequest(`Failed to parse input data. This model contains an un-named model signature which expects a single n-dimensional array or a single value as input, however, an input of ${kindOf(data)} was found.`);
  return tensors.map(({ spec }) => {
    const name = spec.name!;
    if (rows) return rows.map((row, index) => ownOf(row, spec, `instances[${index}]`, tensors.map((tensor) => tensor.spec)));
    return ownOf(fields, spec, name, tensors.map((tensor) => tensor.spec));
  });
}

function ownOf(value: unknown, spec: TensorSpec, where: string, all: readonly TensorSpec[]): unknown {
  const record = asRecord(value);
  if (!record || !Object.hasOwn(record, spec.name!)) throw missing([spec], `${where} does not have it`, all);
  return record[spec.name!];
}

/** A table: one column for a named tensor; for an unnamed one all columns, or one column of lists. */
function fromFrame({ tensors, named }: TensorPlan, frame: Frame): unknown[] {
  if (!named) return [wholeFrame(tensors[0]!.spec, frame)];
  return tensors.map(({ spec }) => {
    const cells = frame.column(spec.name!, spec.type);
    if (!cells) throw missing([spec], `the columns are ${(frame.names?.() ?? []).slice(0, 50).map((name) => `'${name}'`).join(', ')}`, tensors.map((tensor) => tensor.spec));
    return reshaped(Array.from({ length: frame.rows }, (_, row) => cells(row)), spec);
  });
}

function wholeFrame(spec: TensorSpec, frame: Frame): unknown[] {
  const keys = frame.names?.() ?? Array.from({ length: frame.width }, (_, position) => position);
  const columns = keys.map((key) => frame.column(key, spec.type)!);
  const [first] = columns;
  if (columns.length === 1 && first) return reshaped(Array.from({ length: frame.rows }, (_, row) => first(row)), spec);
  return Array.from({ length: frame.rows }, (_, row) => columns.map((cells) => cells(row)));
}

/** A column's single values or flat lists in the shape that the signature declares for a row. */
function reshaped(values: unknown[], { shape }: TensorSpec): unknown[] {
  const inner = shape.slice(1);
  if (inner.length === 0 || inner.includes(-1)) return values;
  return values.map((value) => {
    const flat = Array.isArray(value) ? value.flat(Infinity) : [value];
    return flat.length === sizeOf(inner) ? nest(flat, inner) : value;
  });
}

function nest(flat: readonly unknown[], shape: readonly number[]): unknown {
  const [size = 1, ...inner] = shape;
  if (shape.length === 0) return flat[0];
  if (inner.length === 0) return flat;
  const step = flat.length / size;
  return Array.from({ length: size }, (_, index) => nest(flat.slice(index * step, (index + 1) * step), inner));
}

interface Reading {
  spec: TensorSpec;
  input: GraphTensor;
  rule: NumberRule;
}

function readTensor(value: unknown, { spec, input, rule }: Reading): TensorData {
  const label = spec.name ?? input.name;
  const dims = shapeOf(value);
  checkShape(dims, spec, input, label);
  const data = allocate(input.type, sizeOf(dims));
  let index = 0;
  const walk = (part: unknown, axis: number): void => {
    if (axis === dims.length) return write(part);
    if (!Array.isArray(part) || part.length !== dims[axis]) throw new InvalidParameterValue(`input '${label}': the lists are not of uniform length: ${at(index, dims)} is not in the shape ${showDims(dims)}.`);
    for (const item of part) walk(item, axis + 1);
  };
  const write = (item: unknown): void => {
    const place = () => `input '${label}', ${at(index, dims)}`;
    const plain = checkValue(item, spec.type, place);
    if (typeof plain === 'number' && !isOrdinary(plain)) checkNumberRule(plain, rule, place);
    storeValue(plain, input.type, data, index, place);
    index += 1;
  };
  walk(value, 0);
  return { type: input.type, data, dims };
}

function shapeOf(value: unknown): number[] {
  const dims: number[] = [];
  for (let part = value; Array.isArray(part); part = part[0]) {
    dims.push(part.length);
    if (dims.length > 16) throw new BadRequest('The lists are nested more than 16 deep.');
    if (part.length === 0) break;
  }
  return dims;
}

function checkShape(dims: readonly number[], spec: TensorSpec, input: GraphTensor, label: string): void {
  const declared = spec.shape.length > 0 ? spec.shape : input.dims;
  const wrong = [declared, input.dims].find((shape) => shape && !dimsAgree(dims, shape));
  if (wrong) throw new InvalidParameterValue(`Shape of input ${showDims(dims)} does not match expected shape ${showDims(wrong)} of '${label}'.`);
}

/** The position of a flat index: `[2][0]`, counted from 0 as in the request's lists. */
function at(index: number, dims: readonly number[]): string {
  const position: number[] = [];
  for (let axis = dims.length - 1, rest = index; axis >= 0; axis--) {
    position.unshift(rest % dims[axis]!);
    rest = Math.floor(rest / dims[axis]!);
  }
  return position.length > 0 ? `value [${position.join('][')}]` : 'its value';
}

function missing(specs: readonly TensorSpec[], why: string, all: readonly TensorSpec[] = specs): Error {
  const expected = all.map(({ name, type, shape }) => `'${name}' (${type.name} ${showDims(shape)})`).join(', ');
  return new InvalidParameterValue(`Model is missing inputs [${specs.map(({ name }) => `'${name}'`).join(', ')}]: ${why}. The model expects the tensors ${expected}.`);
}

const namesOf = (inputs: readonly GraphTensor[]): string => inputs.map(({ name }) => `'${name}'`).join(', ');
