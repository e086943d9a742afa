import createError from '@fastify/error';

/*
 * The error catalogue. Codes and statuses are those of MLflow's REST API; each API scope turns an
 * error into its own wire format. The message is written by the thrower: it names the field, the
 * value and the rule. A leaf: anyone may import it.
 */
export const InvalidParameterValue = createError<[string]>('INVALID_PARAMETER_VALUE', '%s', 400);
export const BadRequest = createError<[string]>('BAD_REQUEST', '%s', 400);
export const InvalidState = createError<[string]>('INVALID_STATE', '%s', 400);
export const ResourceAlreadyExists = createError<[string]>('RESOURCE_ALREADY_EXISTS', '%s', 400);
export const ResourceDoesNotExist = createError<[string]>('RESOURCE_DOES_NOT_EXIST', '%s', 404);
export const EndpointNotFound = createError<[string]>('ENDPOINT_NOT_FOUND', '%s', 404);
export const NotImplementedByStore = createError<[string]>('NOT_IMPLEMENTED', '%s', 501);
export const UnservableModel = createError<[string]>('UNSERVABLE_MODEL', '%s', 422);
export const TemporarilyUnavailable = createError<[string]>('TEMPORARILY_UNAVAILABLE', '%s', 503);

/** A start-up fault whose message is the one line that an operator reads before exit code 1. */
export class StartupError extends Error {
  override name = 'StartupError';
}

/** True for the fault that two writers of one unique row meet; drivers translate their engine's own code to it. */
export class UniqueViolation extends Error {
  override name = 'UniqueViolation';
}
