/** A model file that cannot be served: says what in it is not understood and what to log instead. */
export class UnsupportedModelError extends Error {
  override name = 'UnsupportedModelError';
  constructor(
    /** The class, opcode, flavor or bound that was met, for example `sklearn.svm._classes.SVC`. */
    readonly what: string,
    message: string,
  ) {
    super(message);
  }
}
