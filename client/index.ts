export {
  type Bytes,
  type CallInput,
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
} from './call.ts';
export { ApiError, NetworkError } from './errors.ts';
export { type Live, type LiveOptions, openLive, type SocketLike } from './live.ts';
export { type RetryClass, type RetryOptions, retryClass, retryDelay, withRetry } from './retry.ts';
