import assert from 'node:assert/strict'
import { CancellationError } from 'vscode'
import {
  AuthorityError,
  AuthorizationResponseError,
  BrokerError,
  ConfigurationError,
  CrossOriginError,
  IdTokenError,
  InteractionError,
  MsalError,
  NetworkError,
  OAuthError,
} from '../../src/msal/index.ts'
import { ClientConfigurationError, NoClientIdError, resolveClient } from '../../src/vscode/client-registry.ts'
import { asPickLabel, asPlainNotification, asPlainText } from '../../src/vscode/display-text.ts'
import { describeForLog, explainFailure, isDeadRefreshToken } from '../../src/vscode/failure.ts'
import { createNotifications, type NotificationButton } from '../../src/vscode/notifications.ts'
import { combinePolicy, permit, PolicyError, PolicyFileError } from '../../src/vscode/policy.ts'
import { parseScopeRequest } from '../../src/vscode/scope-request.ts'
import { settingsOf } from './fakes.ts'

/** How VS Code finds links in the text of a notification. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i

describe('text of a server', () => {
  const hostile = [
    '[click](command:workbench.action.quit)',
    '[a](https://evil.example)',
    '[[x](http://evil.example)](command:a)',
    '[a]\n(command:b)',
    '[a]\u0000(command:b)',
  ]
  for (const text of hostile)
    it(`is no link: ${JSON.stringify(text)}`, () => assert.doesNotMatch(`${asPlainText(text)} [ok]`, LINK))

  it('is one line of at most 300 characters, without characters that turn the text around', () => {
    assert.equal(asPlainText('a\r\nb\u202ec'), 'a b c')
    assert.equal(asPlainText('x'.repeat(400)).length, 300)
  })

  it('is as short where it is quoted in a text of ours, but the text itself is not', () => {
    assert.doesNotMatch(asPlainNotification(`${'x'.repeat(400)} ${hostile[0]}`), LINK)
    assert.equal(asPlainNotification('x'.repeat(1000)).length, 1000)
    assert.equal(asPlainNotification('x'.repeat(1001)).at(-1), '…')
  })

  it('is no icon in a pick list', () => assert.equal(asPickLabel('$(alert) Ada'), '\\$(alert) Ada'))
})

describe('what a person is told about a failed sign-in', () => {
  const refused = (error: string, errorDescription?: string, errorCodes?: number[]) =>
    new OAuthError({ error, errorDescription, errorCodes })
  const cases: [unknown, RegExp][] = [
    [
      refused('invalid_client', 'AADSTS1: The secret is missing. Trace ID: 1 Correlation ID: 2 Timestamp: 3', [1]),
      /^The server refused the sign-in: AADSTS1: The secret is missing\. Sign in again, .*administers/,
    ],
    [
      refused('invalid_client', 'AADSTS7000218: The request body must contain', [7000218]),
      /^The app registration allows no sign-in without a secret\. .*"Allow public client flows" to Yes.* \(AADSTS7000218\)$/,
    ],
    [
      new BrokerError('AADSTS53003: blocked. Status: Unexpected, Error code: 0, Tag: 1', {
        brokerStatus: 'Unexpected',
      }),
      /^A Conditional Access policy of your organization blocks this sign-in\. .* \(AADSTS53003\)$/,
    ],
    [
      refused('access_denied', 'AADSTS53003: Access has been blocked'),
      /^A Conditional Access policy of your organization blocks this sign-in\. Ask .* \(AADSTS53003\)$/,
    ],
    [
      refused('invalid_request', "AADSTS50011: The redirect URI 'http://localhost:49152' specified", [50011]),
      /Register http:\/\/localhost in the app registration, spelled exactly so/,
    ],
    [
      refused(
        'invalid_request',
        "AADSTS50011: The redirect URI 'vscodium://entra-auth.entra-auth/callback' x",
        [50011],
      ),
      /Register vscodium:\/\/entra-auth\.entra-auth\/callback in the app registration/,
    ],
    [refused('server_error'), /^The server refused the sign-in: server_error\. Sign in again/],
    [refused('access_denied'), /declined on its page\. Sign in again/],
    [refused('access_denied', 'AADSTS65004: declined', [65004]), /AADSTS65004/],
    [refused('authorization_declined'), /declined/],
    [refused('expired_token'), /^The code expired .* Sign in again to get a new one\.$/],
    [
      new InteractionError('timeout', 'x'),
      /within 5 minutes\. Sign in again.*AADSTS50011, register http:\/\/localhost in/,
    ],
    [new InteractionError('browser_not_opened', 'x'), /^No browser could be opened\. .*device code/],
    [new InteractionError('no_loopback', 'x'), /device code/],
    [
      new NetworkError('ENOTFOUND login.example'),
      /could not be reached \(ENOTFOUND login\.example\)\. Check the network/,
    ],
    [
      new NetworkError('x', { host: 'login.example', code: 'ENOTFOUND' }),
      /^The sign-in server could not be reached \(login\.example: ENOTFOUND\)\. Check the network/,
    ],
    [
      new NetworkError('x', { host: 'login.example', proxyStatus: 407 }),
      /^The proxy asks for a name and a password before it lets login\.example be reached .* http\.proxy/,
    ],
    [
      new NetworkError('x', { host: 'login.example', proxyStatus: 403 }),
      /^The proxy does not let login\.example be reached \(status 403\)\. Ask whoever runs it/,
    ],
    [
      new NetworkError('x', { host: 'login.example', code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      /^This machine doesn't trust the certificate of login\.example \(SELF_SIGNED_CERT_IN_CHAIN\)\. Add/,
    ],
    [
      new NetworkError('x', { host: 'login.example', status: 503 }),
      /^login\.example did not answer as a sign-in server does \(status 503\)\. Try again later/,
    ],
    [
      new AuthorityError('x', { url: 'https://login.example/nope', status: 400, errorCodes: [90002] }),
      /^There is no such tenant in this cloud\. .* \(AADSTS90002\)$/,
    ],
    [
      new AuthorityError('x', { url: 'https://idp.example/nope', status: 404 }),
      /^https:\/\/idp\.example\/nope has no OpenID configuration \(status 404\)/,
    ],
    [
      new CrossOriginError('login.microsoftonline.com'),
      /^Nobody can sign in to login\.microsoftonline\.com from this window: .* in VS Code on the desktop, in a remote window, in Codespaces or in code-server\.$/,
    ],
    [new AuthorityError('no such tenant'), /no such tenant.*entraAuth\.authority/],
    [new AuthorizationResponseError('state'), /could not be trusted.*Sign in again/],
    [new IdTokenError('aud'), /could not be trusted/],
    [new MsalError('odd'), /^The sign-in failed: odd\. The log/],
    [new ClientConfigurationError('What to correct.'), /^What to correct\.$/],
    ['thrown text', /^thrown text$/],
  ]
  for (const [error, expected] of cases) it(String(error), () => assert.match(explainFailure(error), expected))

  it('holds no link, wherever the server puts one', () => {
    const link = '[x](command:workbench.action.quit)'
    for (const error of [
      refused(link, link),
      refused('invalid_request', "AADSTS50011: The redirect URI 'http://x/[x](command:y)' was", [50011]),
      new NetworkError(link),
      ...[{}, { code: link }, { status: 1 }, { proxyStatus: 407 }, { proxyStatus: 1 }].map(
        (details) => new NetworkError(link, { host: link, ...details }),
      ),
      new AuthorityError(link),
      new AuthorityError('x', { url: link, status: 1 }),
      new CrossOriginError(link),
      new MsalError(link),
      new IdTokenError(link),
      link,
    ])
      assert.doesNotMatch(explainFailure(error), LINK)
  })

  it('is logged by codes and ids, without the text, which may name people', () => {
    const error = new OAuthError({
      error: 'invalid_grant',
      errorDescription: 'AADSTS50034: ada@contoso.com does not exist',
      errorCodes: [50034],
      correlationId: 'c',
      status: 400,
    })
    assert.equal(describeForLog(error), 'server refused: invalid_grant codes=50034 status=400 correlationId=c')
  })

  it('is logged by the numbers and ids in the text, where it came through the browser', () => {
    const ids = ['11111111-2222-4333-8444-555555555555', '66666666-7777-4888-9999-aaaaaaaaaaaa']
    const errorDescription = `AADSTS65004: ada@contoso.com declined. Trace ID: ${ids[0]} Correlation ID: ${ids[1]} x`
    assert.equal(
      describeForLog(refused('access_denied', errorDescription)),
      `server refused: access_denied codes=65004 correlationId=${ids[1]} traceId=${ids[0]}`,
    )
    assert.equal(describeForLog(refused('access_denied', 'Trace ID: ada@contoso.com')), 'server refused: access_denied')
  })

  it('of a refresh token is told from one of an API, a tenant or a policy', () => {
    const dead = [refused('invalid_grant', 'AADSTS700082: x', [700082]), refused('invalid_grant')]
    const alive = [
      ...[65001, 53003, 50020, 50076].map((number) => refused('invalid_grant', undefined, [number])),
      refused('interaction_required'),
      refused('invalid_scope'),
      new NetworkError('x'),
      new BrokerError('x'),
    ]
    assert.deepEqual(dead.map(isDeadRefreshToken), [true, true])
    assert.ok(!alive.some(isDeadRefreshToken))
  })

  it('is logged on one line, whatever a server gives for a code', () => {
    const error = new OAuthError({
      error: 'ada@contoso.com\n[info] Signed in',
      suberror: 'x'.repeat(100),
      correlationId: '00000000-0000-0000-0000-000000000000',
      traceId: '[a](command:b)',
    })
    assert.equal(
      describeForLog(error),
      'server refused: (unreadable) suberror=(unreadable) correlationId=00000000-0000-0000-0000-000000000000 traceId=(unreadable)',
    )
  })

  it('is told in no time, however long the server speaks', () => {
    const start = performance.now()
    explainFailure(new OAuthError({ error: 'e', errorDescription: `${' '.repeat(500_000)}x` }))
    assert.ok(performance.now() - start < 1000)
  })

  it("says of others' errors their kind and code, for their texts may hold names", () => {
    const error = Object.assign(new Error("EACCES: permission denied, open '/home/CANARY/x'"), { code: 'EACCES' })
    assert.equal(describeForLog(error), 'Error: EACCES')
    assert.equal(describeForLog(new TypeError('CANARY is no function')), 'TypeError')
    assert.equal(describeForLog(new ConfigurationError('clientId', 'text is needed')).includes('clientId'), true)
  })

  it('has the numbers of a broker, but none of its words', () => {
    const error = new BrokerError('AADSTS50034: ada@contoso.test is unknown', {
      brokerStatus: 'InteractionRequired',
      brokerErrorCode: 7,
      brokerTag: 42,
      msalruntimeTelemetry: '{"canary":1}',
    })
    assert.equal(describeForLog(error), 'broker refused: status=InteractionRequired tag=42 code=7 codes=50034')
    const silent = new BrokerError('The process of the native broker ended (SIGSEGV)')
    assert.equal(describeForLog(silent), 'BrokerError: The process of the native broker ended (SIGSEGV)')
  })
})

describe('what a person is told where the policy allows certain tenants only', () => {
  it('is told to its end, which says what to do', () => {
    const allowedTenants = ['1', '2', '3', '4'].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`)
    const path = '/Library/Application Support/entra-auth/policy.json'
    const settings = settingsOf({ clientId: 'app', allowedTenants })
    const policy = combinePolicy({ kind: 'text', path, text: JSON.stringify({ allowedTenants }) }, settings)
    assert.throws(
      () => permit(policy, resolveClient(parseScopeRequest(['a']), settings)),
      (error) => explainFailure(error).endsWith('33333333-1111-4111-8111-111111111111….'),
    )
  })
})

describe('notifications', () => {
  const shown: { text: string; buttons: readonly NotificationButton[] }[] = []
  const led: string[] = []
  const notifications = () =>
    createNotifications((_level, text, buttons) => shown.push({ text, buttons }), {
      openSetting: (setting) => led.push(setting),
      openRegistrationHelp: () => led.push('help'),
      showLog: () => led.push('log'),
      diagnose: () => led.push('diagnosis'),
    })
  beforeEach(() => {
    shown.splice(0)
    led.splice(0)
  })
  const press = () => {
    for (const { run } of shown[0]!.buttons) run()
    return [shown[0]!.buttons.map(({ label }) => label), led]
  }

  it('lead from a missing client ID to the setting and to how an app is registered', () => {
    notifications().signInFailed(new NoClientIdError('needed', 'clientId'))
    assert.deepEqual(press(), [
      ['Open Setting', 'How to Register an App'],
      ['entraAuth.clientId', 'help'],
    ])
  })
  it('lead from a wrong setting to it', () => {
    notifications().signInFailed(new ClientConfigurationError('wrong', 'cloud'))
    assert.deepEqual(press(), [['Open Setting'], ['entraAuth.cloud']])
  })
  it('lead from any other failure to the diagnosis and the log', () => {
    notifications().signInFailed(new MsalError('x'))
    assert.deepEqual(press(), [
      ['Diagnose', 'Show Log'],
      ['diagnosis', 'log'],
    ])
  })
  it('say nothing where the person cancelled', () => {
    notifications().signInFailed(new CancellationError())
    assert.deepEqual(shown, [])
  })
  it('make no link of what a setting holds', () => {
    const { problems } = settingsOf({ tenant: '[fix](command:workbench.action.quit)' })
    assert.equal(problems.length, 1)
    problems.forEach(notifications().settingProblem)
    assert.doesNotMatch(shown[0]!.text, LINK)
  })
  it("tell a policy that can't be used once, and not again after a sign-in told it", () => {
    const broken = new PolicyFileError('/p', "Nobody can sign in: the policy /p can't be used.")
    const first = notifications()
    for (let i = 0; i < 3; i++) first.policyProblem(broken)
    first.policyProblem(new PolicyError('The client ID app is not allowed by /p.'))
    assert.deepEqual(
      shown.map(({ text }) => text),
      ["Nobody can sign in: the policy /p can't be used."],
    )
    assert.deepEqual(press(), [
      ['Diagnose', 'Show Log'],
      ['diagnosis', 'log'],
    ])
    const second = notifications()
    second.signInFailed(broken)
    second.policyProblem(broken)
    assert.equal(shown.length, 2)
  })
  it('tell a wrong setting and a broken key store once', () => {
    const { settingProblem, secretProblem } = notifications()
    for (let i = 0; i < 3; i++) {
      settingProblem({ setting: 'cloud', message: 'wrong' })
      secretProblem('not-kept')
      secretProblem('damaged')
    }
    assert.equal(shown.length, 3)
    assert.match(shown[1]!.text, /sessions last until the window closes/)
  })
})
