// Microsoft's own runtime in a process of its own, driven by messages: `{ number, method, request, … }`.
const { msalNodeRuntime: runtime } = require('@azure/msal-node-runtime')

const createParameters = ({ request }) => {
  const parameters = new runtime.AuthParameters()
  parameters.CreateAuthParameters(request.clientId, request.authority)
  parameters.SetRequestedScopes(request.scopes.join(' '))
  if (request.redirectUri) parameters.SetRedirectUri(request.redirectUri)
  if (request.claims) parameters.SetDecodedClaims(request.claims)
  if (request.accessTokenToRenew) parameters.SetAccessTokenToRenew(request.accessTokenToRenew)
  for (const [name, value] of Object.entries(request.additional)) parameters.SetAdditionalParameter(name, value)
  return parameters
}

/** The runtime takes no account but one that it made. */
let account

const methods = {
  signInSilently: (call, done) => runtime.SignInSilentlyAsync(createParameters(call), call.request.correlationId, done),
  signInInteractively: (call, done) =>
    runtime.SignInInteractivelyAsync(
      Buffer.from(call.window ?? '00'.repeat(8), 'hex'),
      createParameters(call),
      call.request.correlationId,
      call.request.accountHint ?? '',
      done,
    ),
  acquireTokenSilently: (call, done) =>
    runtime.AcquireTokenSilentlyAsync(createParameters(call), call.request.correlationId, account, done),
  acquireTokenInteractively: (call, done) =>
    runtime.AcquireTokenInteractivelyAsync(
      Buffer.alloc(8),
      createParameters(call),
      call.request.correlationId,
      account,
      done,
    ),
  signOutSilently: (call, done) =>
    runtime.SignOutSilentlyAsync(call.request.clientId, call.request.correlationId, account, done),
}

const ACCOUNT = ['homeAccountId', 'localAccountId', 'environment', 'realm', 'username', 'clientInfo']
const NAMES = ['displayName', 'givenName', 'familyName']

/** Its results show nothing of themselves to JSON. */
const copyResult = (result) => {
  try {
    result.CheckError()
  } catch (failure) {
    return { failure }
  }
  account = result.account ?? account
  return {
    accessToken: result.accessToken,
    expiresOn: result.expiresOn,
    grantedScopes: result.grantedScopes,
    account: account && Object.fromEntries([...ACCOUNT, ...NAMES].map((name) => [name, account[name] ?? ''])),
  }
}

process.on('message', ({ number, method, ...call }) => {
  try {
    const operation = methods[method](call, (result) => process.send({ number, result: copyResult(result) }))
    if (call.cancelsAfterMs) setTimeout(() => operation.CancelAsyncOperation(), call.cancelsAfterMs)
  } catch (failure) {
    process.send({ number, result: { failure: { ...failure, message: failure.message } } })
  }
})

process.send({ start: runtime.StartupError ?? 'ready' })
