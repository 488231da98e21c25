/** What extensions that use Entra Auth bundle (`entra-auth/consumer`); it imports nothing at run time. */
export {
  createFetch,
  type ChallengeRequest,
  type FetchOptions,
  type FetchSessionOptions,
  type SessionAccount,
  type SessionRequestOptions,
  type TokenSession,
} from './consumer/create-fetch.ts'
export { API_VERSION, type ExtensionApi } from './consumer/extension-api.ts'
