import { UnservableModel } from '../../errors.js';
import { type ReadSibling, inlineWeights, refuseExternalData } from './onnx-external.js';
import { MODEL, concat, fieldsOf, message } from './onnx-proto.js';
import { type ZipMap, cutZipMaps } from './onnx-zipmap.js';

export interface OnnxFile {
  onnx: Uint8Array;
  zipMaps: readonly ZipMap[];
}

/**
 * Checks an ONNX file and makes it one that needs no other file and whose outputs are tensors.
 * Throws UnservableModel for data outside the folder and for bytes that are no ONNX.
 */
export async function readOnnxFile(onnx: Uint8Array, readSibling: ReadSibling): Promise<OnnxFile> {
  try {
    const model = fieldsOf(onnx);
    const given = model.find(({ number }) => number === MODEL.graph)?.bytes;
    if (!given) throw new UnservableModel('The model file is no ONNX model: it has no graph.');
    const { graph, zipMaps } = cutZipMaps(await inlineWeights(given, readSibling));
    const whole = graph === given ? onnx : concat(model.map((field) => (field.number === MODEL.graph ? message(MODEL.graph, graph) : field.raw)));
    refuseExternalData(fieldsOf(whole));
    return { onnx: whole, zipMaps };
  } catch (error) {
    if (error instanceof RangeError) throw new UnservableModel(`The model file is no ONNX model: ${error.message}.`);
    throw error;
  }
}
