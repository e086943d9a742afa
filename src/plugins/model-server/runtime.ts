import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { BadRequest, UnservableModel } from '../../errors.js';
import { type GraphTensor, type TensorData, isTensorType } from './tensor.js';

type Tensors = Readonly<Record<string, TensorData>>;

/** A graph that is ready to run. */
export interface Session {
  inputs: readonly GraphTensor[];
  outputs: readonly GraphTensor[];
  /** Computes the named outputs. Throws BadRequest where the graph refuses the input. */
  run(feeds: Tensors, outputs: readonly string[]): Promise<Tensors>;
  close(): Promise<void>;
}

const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  /* Faults are thrown; printing them as well would let any client fill the log. */
  logSeverityLevel: 4,
};

/** Loads an ONNX file. Throws UnservableModel where the runtime does not take it. The native library loads with the first model. */
export async function openSession(onnx: Uint8Array): Promise<Session> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(onnx, OPTIONS).catch((error: unknown) => {
    throw new UnservableModel(`The ONNX runtime does not load the model: ${reason(error)}`);
  });
  return {
    inputs: session.inputMetadata.map(graphTensor),
    outputs: session.outputMetadata.map(graphTensor),
    run: async (feeds, outputs) => {
      const tensors: Record<string, Tensor> = {};
      for (const name in feeds) tensors[name] = toTensor(ort.Tensor, feeds[name]!);
      return (await session.run(tensors, outputs).catch(refuseInput)) as unknown as Tensors;
    },
    close: () => session.release(),
  };
}

/* The runtime takes a bool tensor's values as bytes, which its type declarations allow for the constructor only by cast. */
function toTensor(TensorClass: typeof Tensor, { type, data, dims }: TensorData): Tensor {
  return new TensorClass(type as 'float32', data as Float32Array, dims);
}

function graphTensor(metadata: InferenceSession.ValueMetadata): GraphTensor {
  if (!metadata.isTensor) throw new UnservableModel(`The model's '${metadata.name}' is no tensor but a sequence or a map; convert the model so that it has tensors only.`);
  if (!isTensorType(metadata.type)) throw new UnservableModel(`The model's '${metadata.name}' has the type ${metadata.type}, which is not served.`);
  /* An empty shape may stand for a scalar or for a shape that the graph leaves open. */
  const dims = metadata.shape.length > 0 ? metadata.shape.map((size) => (typeof size === 'number' ? size : -1)) : undefined;
  return { name: metadata.name, type: metadata.type, dims };
}

function refuseInput(error: unknown): never {
  throw new BadRequest(`The model did not compute this input. Verify that the input is compatible with the model for inference. ${reason(error)}`);
}

/** The runtime's message without the paths of its own source files. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\S*\/\S+:\d+\s*/g, '').split('\n')[0]!.slice(0, 400);
}
