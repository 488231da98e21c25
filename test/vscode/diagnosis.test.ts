import assert from 'node:assert/strict'
import { CrossOriginError, NetworkError, OAuthError } from '../../src/msal/index.ts'
import { authorityOfCloud, parseAuthority } from '../../src/vscode/authority-address.ts'
import { NoClientIdError } from '../../src/vscode/client-registry.ts'
import { describeProxy, diagnose, type DiagnosisParts } from '../../src/vscode/diagnosis.ts'
import { pickDiagnosed } from '../../src/vscode/diagnosis-target.ts'
import { printReport } from '../../src/vscode/diagnosis-report.ts'
import { OtherAccountError } from '../../src/vscode/failure.ts'
import { createFailureMemory } from '../../src/vscode/failure-memory.ts'
import { combinePolicy, permit, PolicyError, type PolicyFile } from '../../src/vscode/policy.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createSecrets, createWindow, settingsOf } from './fakes.ts'

const NEVER = new AbortController().signal
const clock = createFakeClock()
const METADATA = JSON.stringify({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })

const partsOf = (changes: Partial<DiagnosisParts> = {}): DiagnosisParts => ({
  editor: async () => ({
    product: 'code-server (1.139.1)',
    appHost: 'desktop',
    extensionHost: 'node',
    extensionVersion: '0.1.0',
    uiKind: 'desktop',
    extensionKind: 'ui',
    hasStableUri: true,
  }),
  machine: { runtime: 'Node 24', system: 'linux x64', environment: {} },
  network: { proxy: '', proxySupport: 'override', noProxy: [], systemCertificates: true, proxyStrictSSL: true },
  settingProblems: [],
  readPolicy: async () => ({}),
  readPolicyFile: async () => ({ kind: 'absent' }),
  policyPaths: ['/etc/entra-auth/policy.json'],
  resolve: () => ({ clientId: 'app', authority: authorityOfCloud('public', 'organizations') }),
  signInMethod: 'auto',
  isMethodWrong: false,
  listMethods: async () => ['browser', 'deviceCode'],
  secrets: createSecrets(),
  fetch: async () => new Response(METADATA, { headers: { date: new Date(clock.now()).toUTCString() } }),
  readCertificate: async () => ({ issuer: 'DigiCert', root: 'DigiCert' }),
  lastFailure: undefined,
  clock,
  ...changes,
})
const report = async (changes: Partial<DiagnosisParts> = {}, signal = NEVER): Promise<string> =>
  printReport(await diagnose(partsOf(changes), signal), new Date(0))
const has = (text: string, line: string) => assert.ok(text.includes(line), `${line}\n— is not in —\n${text}`)

describe('the diagnosis', () => {
  it('tells the editor, the app registration, the way to sign in and why, the server and the key store', async () => {
    const text = await report()
    for (const line of [
      '**Editor:** `code-server (1.139.1)`',
      '**Machine:** `linux x64, Node 24`',
      '**Client ID:** `app`',
      '**Authority:** `https://login.microsoftonline.com/organizations`',
      '**Used:** `browser`',
      '**Why:** `the browser runs on the same machine as this extension`',
      '**Others:** `deviceCode`',
      '**Asked:** `https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration`',
      '**Answer:** `status 200 in 0 ms`',
      '**Issuer:** `https://login.microsoftonline.com/{tenantid}/v2.0`',
      '**Clock of this machine:** `right (0 s off)`',
      '**Allowed tenants:** `all`',
      '**A secret survives:** `yes`',
      '**Failure:** `none since the window was opened`',
    ])
      has(text, line)
  })

  const ways: readonly [string, Partial<DiagnosisParts>, string][] = [
    ['a broker', { listMethods: async () => ['broker', 'browser'] }, 'the operating system has a broker'],
    [
      'a broker that failed',
      { listMethods: async () => ['browser', 'broker'] },
      'the broker of the operating system failed here before',
    ],
    ['the setting', { signInMethod: 'browser' }, 'the setting says so'],
    [
      'a setting that can not be met',
      { signInMethod: 'uriHandler' },
      'the way that the setting names is not possible here',
    ],
    [
      'a policy',
      { readPolicy: async () => ({ methods: { values: ['deviceCode'], source: '/p' } }) },
      'the policy allows no other',
    ],
    [
      'a web window',
      {
        listMethods: async () => ['deviceCode'],
        editor: async () => ({ ...(await partsOf().editor()), uiKind: 'web' }),
      },
      'the window is a web page, whose browser may run on another machine',
    ],
    [
      'a remote machine',
      {
        listMethods: async () => ['deviceCode'],
        editor: async () => ({ ...(await partsOf().editor()), remoteName: 'ssh-remote+secret-host' }),
      },
      'this extension runs on a remote machine, which the browser does not reach',
    ],
  ]
  for (const [what, changes, why] of ways)
    it(`says that ${what} decides about the way to sign in`, async () => {
      const text = await report(changes)
      has(text, `**Why:** \`${why}\``)
      assert.doesNotMatch(text, /secret-host/)
    })

  it('tells a person in a browser alone what can not be done there, and nothing that does not count there', async () => {
    const { readCertificate: _, ...parts } = partsOf()
    const editor = async () => ({ ...(await parts.editor()), extensionHost: 'web', uiKind: 'web' }) as const
    const machine = { runtime: 'Browser/1', system: 'browser', environment: {} }
    const diagnosis = await diagnose(
      { ...parts, editor, machine, listMethods: async () => ['deviceCode'], policyPaths: [] },
      NEVER,
    )
    const text = printReport(diagnosis, new Date(0))
    for (const line of [
      '**Extension runs:** `ui, web`',
      '**Machine:** `browser, Browser/1`',
      '**Used:** `deviceCode`',
      '**Why:** `no other way is possible here`',
      '**Others:** `none`',
      '**Limit:** `a browser alone asks only servers that answer web pages, and Entra does not`',
      '**Policy file:** `none, a browser reads no files; settings count`',
      '**Allowed tenants:** `all`',
      "**Proxy:** `as the browser's own settings say`",
      '**Certificate of the sign-in server:** `a browser shows it to no extension`',
      '**A secret survives:** `yes`',
    ])
      has(text, line)
    assert.doesNotMatch(text, /http\./)
  })

  const files: readonly [string, PolicyFile, string][] = [
    ['absent', { kind: 'absent' }, '/etc/entra-auth/policy.json: not there'],
    ['read', { kind: 'text', path: '/p', text: '' }, '/p: there, and read'],
    [
      'refused',
      { kind: 'refused', path: '/p', problem: { reason: 'writableByOthers', path: '/' } },
      '/p: refused, others than administrators may change /',
    ],
  ]
  for (const [what, file, said] of files)
    it(`names the policy file where it is ${what}`, async () =>
      has(await report({ readPolicyFile: async () => file }), `**Policy file:** \`${said}\``))

  it('names each place where a policy is looked for in vain, and a file whose content is wrong', async () => {
    has(await report({ policyPaths: ['C:\\a', 'D:\\b'] }), '**Policy file:** `C:\\a, D:\\b: not there`')
    const file: PolicyFile = { kind: 'text', path: '/p', text: '[1,]' }
    const readPolicy = async () => combinePolicy(file, settingsOf({}))
    const text = await report({ readPolicyFile: async () => file, readPolicy })
    has(text, '**Policy file:** `/p: there, and read`')
    has(text, "**Problem:** `Nobody can sign in: the policy /p can't be used: nothing follows the comma in line 1.")
  })

  it('says who else is asked about the authority, where anybody is or nobody may be', async () => {
    const of = (url: string, more: object = {}) =>
      report({ resolve: () => ({ clientId: 'app', authority: parseAuthority(url), ...more }) })
    const own = 'https://login.contoso.invalid/contoso.com'
    has(await of(own), '**Instance discovery:** `login.microsoftonline.com is asked about login.contoso.invalid`')
    has(await of(own, { instanceDiscovery: false }), '**Instance discovery:** `off, no other host is asked`')
    for (const url of [
      'https://login.microsoftonline.us/common',
      'https://contoso.ciamlogin.com',
      'https://adfs.contoso.com/adfs',
      'http://127.0.0.1:1/organizations',
      'https://id.example.com',
    ])
      assert.doesNotMatch(await of(url), /Instance discovery/)
  })

  it('lists every setting that is wrong, and no name or password in it', async () => {
    const { problems } = settingsOf({
      clientId: 'ada@contoso.test',
      tenant: 'a/b',
      authority: 'https://ada:canary@login.example',
      profiles: { work: { clientId: 'a', cloud: 'moon' }, shop: 5 },
    })
    const text = await report({ settingProblems: problems })
    for (const setting of ['clientId', 'tenant', 'authority'])
      has(text, `**Problem:** \`The setting entraAuth.${setting} can't be used:`)
    for (const profile of ['work', 'shop']) has(text, `The profile "${profile}" of entraAuth.profiles can't be used:`)
    assert.doesNotMatch(text, /ada|canary/)
    assert.doesNotMatch(await report(), /## Settings/)
  })

  it('shows no value of a setting that could be a secret or a name, wherever it was put', async () => {
    const wrong = [
      { clientId: 'abc8Q~ canary' },
      { clientId: { secret: 'canary' } },
      { tenant: 'Ada Lovelace canary' },
      { authority: `https://${'x'.repeat(90)}:canary@login.example` },
      { profiles: [{ clientId: 'a', clientSecret: 'canary' }] },
      { profiles: { work: { clientId: 'a', clientSecret: 'canary' } } },
      { allowedTenants: ['canary 1'] },
    ]
    for (const settings of wrong) {
      const { problems } = settingsOf(settings)
      assert.equal(problems.length, 1)
      assert.doesNotMatch(await report({ settingProblems: problems }), /canary|Ada/)
    }
    has(await report({ settingProblems: settingsOf({ signInMethod: 'devicecode' }).problems }), '"devicecode" is wrong')
  })

  it('says that a way to sign in is not what was set, where that can not be used', async () => {
    has(await report({ isMethodWrong: true }), "**Setting:** `auto, for what is set can't be used`")
    has(await report(), '**Setting:** `auto`')
  })

  it('names no way to sign in where a limit is wrong, for nobody can sign in then', async () => {
    const readPolicy = async () => combinePolicy({ kind: 'absent' }, settingsOf({ allowedMethods: ['telepathy'] }))
    const text = await report({ readPolicy })
    assert.doesNotMatch(text, /\*\*(Used|Others):/)
    has(text, "**Setting:** `auto`\n- **Problem:** `The setting entraAuth.allowedMethods can't be used:")
  })

  it('says of a server that answers no page that no network is at fault', async () => {
    const text = await report({ fetch: () => Promise.reject(new CrossOriginError('login.microsoftonline.com')) })
    has(text, '**Problem:** `login.microsoftonline.com lets no web page read its answers`')
    has(text, '**What to do:** `Nobody can sign in to login.microsoftonline.com from this window')
  })

  for (const [status, advice] of [
    [407, "Give the proxy's name and password in the setting http.proxy."],
    [403, 'Ask whoever runs the proxy to allow that address.'],
  ] as const)
    it(`says that the proxy refuses with ${status}, though VS Code says that the request was cancelled`, async () => {
      const cause = new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`)
      const cancelled = new Error('Request was cancelled.', { cause })
      const text = await report({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause: cancelled })) })
      has(text, `Proxy response (${status})`)
      has(text, `**What to do:** \`${advice}\``)
    })

  it('#31 Behind a proxy that inspects TLS the sign-in fails without a reason: it names the proxy and the authority in effect', async () => {
    const untrusted = Object.assign(new Error('self-signed certificate in certificate chain'), {
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    })
    const text = await report({
      network: { ...partsOf().network, proxy: 'http://ada:secret@proxy.contoso.test:8080/' },
      machine: {
        ...partsOf().machine,
        environment: { HTTPS_PROXY: 'ada:secret@other:3128', NODE_EXTRA_CA_CERTS: '/home/ada/ca.pem' },
      },
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: untrusted })),
      readCertificate: async () => ({
        issuer: 'Inspector',
        root: 'Contoso Root',
        problem: 'SELF_SIGNED_CERT_IN_CHAIN',
      }),
    })
    for (const line of [
      '**http.proxy:** `proxy.contoso.test:8080`',
      '**http.systemCertificates:** `yes`',
      '**HTTPS_PROXY:** `other:3128`',
      '**NODE_EXTRA_CA_CERTS:** `ca.pem`',
      '**Certificate of the sign-in server:** `issued by Inspector < Contoso Root`',
      '**Trusted:** `no, SELF_SIGNED_CERT_IN_CHAIN`',
      '(SELF_SIGNED_CERT_IN_CHAIN)`',
      "certificate. Add your organization's certificate authority to the system and leave http.systemCertificates on.",
    ])
      has(text, line)
    assert.doesNotMatch(text, /ada|secret@/)
  })

  it('#29 Without a key store sessions are lost at each reload: it says so, and leaves no secret behind', async () => {
    const secrets = createSecrets()
    await report({ secrets })
    assert.equal(secrets.kept.size, 0)
    has(
      await report({ secrets: { ...secrets, store: async () => undefined } }),
      '**A secret survives:** `no, sessions last',
    )
    has(await report({ secrets: { ...secrets, store: () => Promise.reject(new Error('no keyring')) } }), '`no keyring`')
  })

  for (const [off, shown] of [
    [-3600_000, '3600 s fast: set it right'],
    [600_000, '600 s slow: set it right'],
    [30_000, 'right (-30 s off)'],
  ] as const)
    it(`tells that the clock is ${shown}`, async () => {
      const date = new Date(clock.now() + off).toUTCString()
      has(await report({ fetch: async () => new Response(METADATA, { headers: { date } }) }), `\`${shown}\``)
    })

  it('#17 AADSTS53003 is shown raw: the last failure comes with what to do and with the ids for support', async () => {
    const failures = createFailureMemory(clock)
    failures.note(
      new OAuthError({
        error: 'invalid_grant',
        errorDescription: 'AADSTS53003: ada@contoso.test was blocked',
        errorCodes: [53003],
        correlationId: '11111111-1111-4111-8111-111111111111',
        traceId: '22222222-2222-4222-8222-222222222222',
      }),
    )
    const text = await report({ lastFailure: failures.last() })
    has(text, '**Time:** `2026-01-01T00:00:00.000Z`')
    has(text, '**What to do:** `A Conditional Access policy of your organization blocks this sign-in.')
    has(text, '**Correlation ID:** `11111111-1111-4111-8111-111111111111`')
    has(text, '**Trace ID:** `22222222-2222-4222-8222-222222222222`')
  })

  it('#37 Names of people are written to logs: none is in it, nor a token or password, whatever failed', async () => {
    const canaries = ['ada@contoso.test', 'eyJhbGciOiJub25lIn0.canary.x', 'Bearer canary', 'password=canary']
    for (const canary of canaries)
      for (const error of [
        new OAuthError({ error: 'odd', errorDescription: `AADSTS1: ${canary}` }),
        new NetworkError(`no way to ${canary}`),
        new Error(canary),
      ]) {
        const failures = createFailureMemory(clock)
        failures.note(error)
        const broken = () => Promise.reject(error)
        const text = await report({
          lastFailure: failures.last(),
          fetch: broken,
          secrets: { ...createSecrets(), store: broken },
          readCertificate: broken,
          network: { ...partsOf().network, proxy: 'http://canary:canary@proxy:1', noProxy: [canary] },
        })
        assert.doesNotMatch(text, /canary|ada@/, text)
      }
  })

  it('#37 Names of people are written to logs: it says nothing of who signed in in place of somebody else', async () => {
    const failures = createFailureMemory(clock)
    failures.note(new OtherAccountError('You signed in as CONTOSO\\canary, but Canary Jones was asked for.'))
    const text = await report({ lastFailure: failures.last() })
    has(text, '**Details:** `OtherAccountError`')
    assert.doesNotMatch(text, /canary/i)
  })

  it('asks no server that the policy does not allow, and none where nothing is configured', async () => {
    const fetch = () => Promise.reject(new Error('a request was sent'))
    const readCertificate = fetch
    const policy = combinePolicy({ kind: 'absent' }, settingsOf({ allowedClientIds: ['its'] }))
    const forbidden = await report({
      fetch,
      readCertificate,
      readPolicy: async () => policy,
      resolve: (given) => permit(given, { clientId: 'app', authority: authorityOfCloud('public', 'common') }),
    })
    has(forbidden, 'The client ID app is not allowed by entraAuth.allowedClientIds.')
    has(forbidden, '**Allowed client IDs:** `its (by entraAuth.allowedClientIds)`')
    const unset = await report({
      fetch,
      readCertificate,
      resolve: () => {
        throw new NoClientIdError('needs a client ID')
      },
    })
    has(unset, '`needs a client ID`')
    const broken = await report({
      fetch,
      readCertificate,
      readPolicy: () => Promise.reject(new PolicyError('broken policy')),
    })
    has(broken, '`broken policy`')
    for (const text of [forbidden, unset, broken]) assert.doesNotMatch(text, /a request was sent/)
  })

  it('ends after 10 seconds with what it has, even where nothing answers', async () => {
    const hang = () => new Promise<never>(() => undefined)
    const slow = createFakeClock()
    const made = report({
      clock: slow,
      fetch: hang,
      readCertificate: hang,
      secrets: { ...createSecrets(), store: hang },
    })
    await slow.advance(10_000)
    const text = await made
    assert.equal(text.match(/no answer in time/g)?.length, 3)
    has(text, '**Client ID:** `app`')
  })

  it('ends at once when it is cancelled', async () => {
    const cancelled = new AbortController()
    const made = report({ fetch: () => new Promise(() => undefined) }, cancelled.signal)
    cancelled.abort()
    has(await made, 'no answer in time')
  })

  const proxies: readonly [unknown, string][] = [
    ['', 'none'],
    [undefined, 'none'],
    ['proxy:8080', 'proxy:8080'],
    ['https://u:p@proxy.test', 'proxy.test'],
    ['http://[::1]:3128/x', '[::1]:3128'],
    ['http://a b', 'not readable'],
  ]
  for (const [value, shown] of proxies)
    it(`shows the proxy ${JSON.stringify(value)} as ${shown}`, () => assert.equal(describeProxy(value), shown))
})

describe('what is diagnosed', () => {
  const EAST = { clientId: 'east', cloud: 'china', signInMethod: 'deviceCode' }
  const pick = (settings: object, label?: string) => {
    const window = createWindow()
    const picked = pickDiagnosed(settingsOf(settings), { window, clock })
    window.picks[0]?.choose(label)
    return { picked, asked: window.picks.length }
  }

  it('is the default client, without a question where there is no other', async () => {
    const { picked, asked } = pick({ clientId: 'app', signInMethod: 'browser' })
    assert.equal((await picked)?.resolve({}).clientId, 'app')
    assert.equal((await picked)?.preference.signInMethod, 'browser')
    assert.equal(asked, 0)
  })

  it('is the profile, where there is no default client: its client, its server and its way to sign in', async () => {
    const { picked, asked } = pick({ profiles: { east: EAST } })
    const { clientId, authority } = (await picked)!.resolve({})
    assert.deepEqual([clientId, authority.host], ['east', 'login.partner.microsoftonline.cn'])
    assert.equal((await picked)?.preference.signInMethod, 'deviceCode')
    assert.equal(asked, 0)
  })

  it('has a way to sign in that is not what the settings say where that is wrong, but a profile has its own', async () => {
    const wrong = { clientId: 'app', signInMethod: 'devicecode' }
    assert.equal((await pick(wrong).picked)?.isMethodWrong, true)
    assert.equal((await pick({ ...wrong, clientId: '', profiles: { east: EAST } }).picked)?.isMethodWrong, false)
    assert.equal((await pick({ clientId: 'app' }).picked)?.isMethodWrong, false)
  })

  it('is what the person picks, where there are several, and nothing where they pick nothing', async () => {
    const settings = { clientId: 'app', profiles: { east: EAST } }
    assert.equal((await pick(settings, 'east').picked)?.resolve({}).clientId, 'east')
    assert.equal(await pick(settings).picked, undefined)
  })

  it('is told as missing where nothing is configured, and limited by the policy', async () => {
    const missing = await pick({}).picked
    assert.throws(() => missing?.resolve({}), NoClientIdError)
    const policy = combinePolicy({ kind: 'absent' }, settingsOf({ allowedClientIds: ['its'] }))
    const limited = await pick({ profiles: { east: EAST } }).picked
    assert.throws(() => limited?.resolve(policy), PolicyError)
  })
})
