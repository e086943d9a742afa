import { type ColumnPlan, type Feeds, decodeColumns, planColumns } from './column-plan.js';
import type { NumberRule } from './cell.js';
import { asRecord } from './mlmodel.js';
import { type ScoringRequest, isDataFrame, toFrame } from './scoring-request.js';
import type { ColumnSpec, Schema } from './signature.js';
import { type TensorPlan, decodeTensors, planTensors, specsOfGraph } from './tensor-plan.js';
import type { GraphTensor } from './tensor.js';
import { COLUMN_TYPES } from './value-types.js';

export interface ReadInput extends Feeds {
  /** True where MLflow gives the model a pandas DataFrame, which decides the form of an ONNX model's answer. */
  framed: boolean;
}

/** Turns a request of the scoring protocol into the tensors of one model. */
export type InputReader = (request: ScoringRequest) => ReadInput;

export interface InputTarget {
  inputs: readonly GraphTensor[];
  rule: NumberRule;
  /** The columns that the model itself knows, where its signature says nothing. */
  featureNames?: readonly string[];
}

/** Makes the reader of a model once. Throws UnservableModel where signature and graph do not fit. */
export function createInputReader(schema: Schema | undefined, target: InputTarget): InputReader {
  if (schema?.kind === 'columns') return columnReader(planColumns(schema.columns, schema.named, target.inputs, target.rule));
  if (schema?.kind === 'tensors') return tensorReader(planTensors(schema.tensors, schema.named, target.inputs, target.rule));
  return freeReader(target);
}

const columnReader = (plan: ColumnPlan): InputReader => (request) => ({ ...decodeColumns(plan, toFrame(request)), framed: true });

const tensorReader = (plan: TensorPlan): InputReader => (request) => ({ ...decodeTensors(plan, request), framed: false });

/** Without a signature the form of the request decides, as it does for the model's own library. */
function freeReader({ inputs, rule, featureNames }: InputTarget): InputReader {
  const tensors = tensorReader(planTensors(specsOfGraph(inputs), true, inputs, rule));
  const names = featureNames ?? (inputs.length > 1 ? inputs.map(({ name }) => name) : undefined);
  const planNamed = () => planColumns(names!.map((name, index) => freeColumn(inputs[index] ?? inputs[0]!, name)), true, inputs, rule);
  const columns: InputReader = (request) => {
    const frame = toFrame(request);
    if (names && frame.names) return { ...decodeColumns(planNamed(), frame), framed: true };
    const count = inputs[0]!.dims?.[1] ?? -1;
    const width = count > 0 ? count : (frame.names?.().length ?? frame.width);
    return { ...decodeColumns(planColumns(Array.from({ length: width }, () => freeColumn(inputs[0]!)), false, inputs, rule), frame), framed: true };
  };
  return (request) => (isDataFrame(request.format) || (featureNames && holdsNames(request.data)) ? columns(request) : tensors(request));
}

const holdsNames = (data: unknown): boolean => asRecord(Array.isArray(data) ? data[0] : data) !== undefined;

const freeColumn = ({ type }: GraphTensor, name?: string): ColumnSpec => ({ name, type: COLUMN_TYPES[type === 'string' ? 'string' : 'double']!, required: true });
