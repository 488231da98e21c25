/**
 * The process that holds Microsoft's native runtime, which can block a process for good or take it down. It writes nothing:
 * what it is asked and what it answers passes by the channel to the process that started it.
 */

import type { Account, AuthParameters, AuthResult, MsalNodeRuntime, ReadAccountResult } from '@azure/msal-node-runtime'
import type {
  Instruction,
  LogMessage,
  NativeAnswer,
  NativeCall,
  NativeParameters,
  StartMessage,
} from './native-broker-messages.ts'

/** The runtime takes no account but one that it made itself. */
const accounts = new Map<string, Account>()

const ACCOUNT_MEMBERS = [
  'homeAccountId',
  'environment',
  'realm',
  'username',
  'clientInfo',
  'displayName',
  'givenName',
  'familyName',
] as const

interface Loaded {
  readonly message: StartMessage
  readonly runtime?: MsalNodeRuntime
}

async function load(): Promise<Loaded> {
  try {
    const { msalNodeRuntime: runtime } = await import('@azure/msal-node-runtime')
    const { StartupError: problem } = runtime
    if (!problem) return { message: { start: 'ready' }, runtime }
    const reason = `${problem.errorContext} (status ${problem.errorStatus}, tag ${problem.errorTag})`
    return { message: { start: 'unavailable', reason } }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.endsWith('MODULE_NOT_FOUND')) return { message: { start: 'missing' } }
    return {
      message: { start: 'unavailable', reason: `the native runtime could not be loaded (${code || 'no code'})` },
    }
  }
}

function run(runtime: MsalNodeRuntime, call: NativeCall): Promise<NativeAnswer> {
  switch (call.method) {
    case 'readAccount':
      return readAccount(runtime, call)
    case 'signInSilently': {
      const { parameters } = call
      return answer((done) => {
        runtime.SignInSilentlyAsync(createParameters(runtime, parameters), parameters.correlationId, done)
      }, copyTokens)
    }
    case 'signInInteractively': {
      const { parameters, windowHandle, accountHint } = call
      const handle = Buffer.alloc(8)
      handle.write(windowHandle, 'hex')
      return answer((done) => {
        const native = createParameters(runtime, parameters)
        runtime.SignInInteractivelyAsync(handle, native, parameters.correlationId, accountHint, done)
      }, copyTokens)
    }
    case 'acquireTokenSilently': {
      const { parameters } = call
      return withAccount(runtime, { ...call, correlationId: parameters.correlationId }, (account) =>
        answer((done) => {
          const native = createParameters(runtime, parameters)
          runtime.AcquireTokenSilentlyAsync(native, parameters.correlationId, account, done)
        }, copyTokens),
      )
    }
    case 'signOutSilently':
      return withAccount(runtime, call, (account) => {
        accounts.delete(call.localAccountId)
        return answer(
          (done) => {
            runtime.SignOutSilentlyAsync(call.clientId, call.correlationId, account, done)
          },
          () => ({}),
        )
      })
  }
}

interface AccountQuestion {
  readonly localAccountId: string
  readonly correlationId: string
}

const readAccount = (runtime: MsalNodeRuntime, { localAccountId, correlationId }: AccountQuestion) =>
  answer(
    (done: (result: ReadAccountResult) => void) => {
      runtime.ReadAccountByIdAsync(localAccountId, correlationId, done)
    },
    ({ account }) => ({ account: copyAccount(account) }),
  )

async function withAccount(
  runtime: MsalNodeRuntime,
  question: AccountQuestion,
  use: (account: Account) => Promise<NativeAnswer>,
): Promise<NativeAnswer> {
  if (!accounts.has(question.localAccountId)) {
    const read = await readAccount(runtime, question)
    if (!('result' in read)) return read
  }
  const account = accounts.get(question.localAccountId)
  return account ? use(account) : { fault: 'NoAccount' }
}

/** Waits for the runtime's callback, copies what it brings, and makes of every exception an answer. */
function answer<T extends { readonly telemetryData: string; CheckError(): void }>(
  start: (done: (result: T) => void) => void,
  copy: (result: T) => Readonly<Record<string, unknown>>,
): Promise<NativeAnswer> {
  return new Promise((resolve) => {
    try {
      start((result) => {
        try {
          result.CheckError()
          resolve({ result: copy(result) })
        } catch (error) {
          resolve(describe(error, result.telemetryData))
        }
      })
    } catch (error) {
      resolve(describe(error))
    }
  })
}

function createParameters(runtime: MsalNodeRuntime, request: NativeParameters): AuthParameters {
  const parameters = new runtime.AuthParameters()
  parameters.CreateAuthParameters(request.clientId, request.authority)
  parameters.SetRequestedScopes(request.scopes)
  if (request.redirectUri !== undefined) parameters.SetRedirectUri(request.redirectUri)
  if (request.claims !== undefined) parameters.SetDecodedClaims(request.claims)
  if (request.accessTokenToRenew !== undefined) parameters.SetAccessTokenToRenew(request.accessTokenToRenew)
  const { pop } = request
  if (pop) parameters.SetPopParams(pop.method, pop.host, pop.path, pop.nonce)
  for (const [name, value] of Object.entries(request.additional)) parameters.SetAdditionalParameter(name, value)
  return parameters
}

/** The members are accessors of a prototype, which JSON would not see. */
const copyTokens = (result: AuthResult) => ({
  accessToken: result.accessToken,
  rawIdToken: result.rawIdToken,
  authorizationHeader: result.authorizationHeader,
  isPopAuthorization: result.isPopAuthorization,
  grantedScopes: result.grantedScopes,
  expiresOn: result.expiresOn,
  telemetryData: result.telemetryData,
  account: copyAccount(result.account),
})

function copyAccount(account: Account | null | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!account) return undefined
  // By this id, which MSAL Python and MSAL Node keep too, the runtime finds an account again.
  const localAccountId = account.accountId || account.localAccountId
  accounts.set(localAccountId, account)
  return { localAccountId, ...Object.fromEntries(ACCOUNT_MEMBERS.map((name) => [name, account[name]])) }
}

/** A refusal is a plain object, no `Error`; the text of any other exception is nobody's business. */
function describe(error: unknown, telemetryData?: string): NativeAnswer {
  if (typeof error === 'object' && error !== null && 'errorStatus' in error) {
    const { errorStatus, errorCode, errorTag, errorContext } = error as Readonly<Record<string, unknown>>
    return { failure: { errorStatus, errorCode, errorTag, errorContext, telemetryData } }
  }
  return { fault: error instanceof Error ? error.name : 'Exception' }
}

function passOnLog(runtime: MsalNodeRuntime, allowsPii: boolean): void {
  runtime.RegisterLogger((log, level, hasPii) => {
    process.send?.({ log, level, hasPii } satisfies LogMessage)
  }, allowsPii)
}

// Whoever started this process is gone, or does not want it any more.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

const loading = load()

process.on('message', (instruction: Instruction) => {
  void loading.then(async ({ runtime }) => {
    if (!runtime) return
    if (instruction.log) passOnLog(runtime, instruction.log.allowsPii)
    else process.send?.({ number: instruction.number, ...(await run(runtime, instruction.call)) })
  })
})

void loading.then(({ message }) => process.send?.(message))
