import {
  AuthorityError,
  AuthorizationResponseError,
  CrossOriginError,
  IdTokenError,
  InteractionError,
  MsalError,
  NetworkError,
  OAuthError,
  RedirectUriError,
} from '../../src/msal/index.ts'
import { authorityOfCloud, parseAuthority } from '../../src/vscode/authority-address.ts'
import { parseConstraint } from '../../src/vscode/challenge.ts'
import { resolveClient } from '../../src/vscode/client-registry.ts'
import { diagnose, type DiagnosisParts, type EditorFacts } from '../../src/vscode/diagnosis.ts'
import { printReport } from '../../src/vscode/diagnosis-report.ts'
import { listKnownNumbers } from '../../src/vscode/error-catalogue.ts'
import { NoAnswerError } from '../../src/vscode/failure.ts'
import { createNotifications } from '../../src/vscode/notifications.ts'
import { combinePolicy, permit, permitClaims, permitMethods, type PolicyFile } from '../../src/vscode/policy.ts'
import { parseRedirectUri } from '../../src/vscode/redirect-uri.ts'
import { parseScopeRequest } from '../../src/vscode/scope-request.ts'
import type { SettingName } from '../../src/vscode/settings.ts'
import { BoundTokenError } from '../../src/vscode/token-binding.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createSecrets, settingsOf, settle } from './fakes.ts'

/** What a server, the library or the system says in its own words; it is quoted, as a user name is. */
export const SAID = 'quoted-words'
export const SERVER = 'login.microsoftonline.com'
export const APP = 'aaaaaaaa-0000-4000-8000-00000000000a'
export const HOME = '11111111-1111-4111-8111-111111111111'

/** What people are told of failures, with the buttons. */
export function tell(...errors: readonly unknown[]): readonly string[] {
  const texts: string[] = []
  const nowhere = () => undefined
  const { signInFailed } = createNotifications(
    (_level, text, buttons) => texts.push(text, ...buttons.map(({ label }) => label)),
    { openSetting: nowhere, openRegistrationHelp: nowhere, showLog: nowhere, diagnose: nowhere },
  )
  errors.forEach(signInFailed)
  return texts
}

/** What people are told where something throws. */
const tellOf = (...failing: readonly (() => unknown)[]): readonly string[] =>
  failing.flatMap((run) => {
    try {
      run()
    } catch (error) {
      return tell(error)
    }
    throw new Error(`nothing was thrown by ${String(run)}`)
  })

/** One wrong value, or more, of each setting. */
const WRONG: Readonly<Partial<Record<SettingName, readonly unknown[]>>> = {
  clientId: ['a b'],
  tenant: ['a/b'],
  cloud: ['moon'],
  authority: [5, 'moon', 'https://u@moon.test', 'http://moon.test', `https://${SERVER}/a%20b`],
  signInMethod: ['moon'],
  clientCapabilities: [['a b']],
  showInAccountsMenu: ['moon'],
  brokerExcludedTenants: [5, ['a/b']],
  allowedTenants: [5, ['moon']],
  allowedClientIds: [['a b']],
  allowedMethods: [['moon']],
  profiles: [
    5,
    { 'a b': {} },
    { a: 5 },
    { a: { moon: 5 } },
    { a: {} },
    { a: { clientId: 'a b' } },
    { a: { clientId: APP, tenant: 'a/b' } },
    { a: { clientId: APP, authority: 5 } },
    { a: { clientId: APP, authority: 'https://moon.test', cloud: 'public' } },
    { a: { clientId: APP, redirectUri: 5 } },
    { a: { clientId: APP, redirectUri: 'moon' } },
  ],
}

function showSettingProblems(): readonly string[] {
  const texts: string[] = []
  const { settingProblem, secretProblem } = createNotifications(
    (_level, text, buttons) => texts.push(text, ...buttons.map(({ label }) => label)),
    {} as never,
  )
  for (const [setting, values] of Object.entries(WRONG))
    for (const value of values) settingsOf({ [setting]: value }).problems.forEach(settingProblem)
  secretProblem('not-kept')
  secretProblem('damaged')
  return texts
}

const resolve = (asked: readonly string[], settings: object = { clientId: APP }) =>
  resolveClient(parseScopeRequest(asked), settingsOf(settings))
const fileOf = (members: unknown): PolicyFile => ({ kind: 'text', path: '/p', text: JSON.stringify(members) })
const policyOf = (members: object, settings: object = {}) => combinePolicy(fileOf(members), settingsOf(settings))
const OTHER = '22222222-2222-4222-8222-222222222222'

const showPolicyProblems = (): readonly string[] =>
  tellOf(
    ...(['writableByOthers', 'unreadable', 'notAFile', 'tooLarge'] as const).map(
      (reason) => () => combinePolicy({ kind: 'refused', path: '/p', problem: { reason, path: '/' } }, settingsOf({})),
    ),
    ...[5, { moon: 5 }, { allowedTenants: [] }, { allowedTenants: ['moon'] }, { allowedClientIds: ['a b'] }].map(
      (members) => () => combinePolicy(fileOf(members), settingsOf({})),
    ),
    ...['', '//', '[', '[1,]', '?'].map(
      (text) => () => combinePolicy({ kind: 'text', path: '/p', text }, settingsOf({})),
    ),
    () => permit(policyOf({ allowedClientIds: ['other'] }), resolve(['a'])),
    () => permit(policyOf({ allowedTenants: [HOME, OTHER] }), resolve(['a'])),
    () =>
      permit(
        policyOf({ allowedTenants: [HOME] }, { allowedTenants: [HOME, OTHER] }),
        resolve(['VSCODE_TENANT:moon.test']),
      ),
    () => permit(policyOf({ allowedTenants: [HOME] }), resolve([`VSCODE_TENANT:${OTHER}`])),
    () =>
      permit(policyOf({ allowedTenants: [HOME] }), resolve(['a'], { clientId: APP, authority: 'https://moon.test/x' })),
    () => permit(combinePolicy({ kind: 'absent' }, settingsOf({ allowedClientIds: ['other'] })), resolve(['a'])),
    () => permitClaims(policyOf({ allowedTenants: [HOME] }), { tid: OTHER }),
    () => permitMethods(policyOf({ allowedMethods: ['broker'] }), ['browser']),
  )

/** A diagnosis, of a desktop unless changed. */
async function showDiagnosis(
  changes: Partial<DiagnosisParts> = {},
  editor: Partial<EditorFacts> = {},
): Promise<readonly string[]> {
  const clock = createFakeClock()
  const parts: DiagnosisParts = {
    editor: async () => ({
      product: SAID,
      appHost: SAID,
      extensionHost: 'node',
      extensionVersion: '0.1.0',
      uiKind: 'desktop',
      extensionKind: 'ui',
      hasStableUri: true,
      ...editor,
    }),
    machine: { runtime: SAID, system: SAID, environment: { HTTPS_PROXY: 'proxy.test:1' } },
    network: { proxy: '', proxySupport: SAID, noProxy: [], systemCertificates: true, proxyStrictSSL: false },
    settingProblems: [],
    readPolicy: async () => ({}),
    readPolicyFile: async () => ({ kind: 'absent' }),
    policyPaths: ['/p'],
    resolve: () => ({ clientId: APP, authority: authorityOfCloud('public', 'organizations') }),
    signInMethod: 'auto',
    isMethodWrong: false,
    listMethods: async () => ['browser'],
    secrets: createSecrets(),
    fetch: async () => new Response('{}'),
    readCertificate: async () => ({ issuer: SAID, root: SAID }),
    lastFailure: undefined,
    clock,
    ...changes,
  }
  const { readCertificate: _, ...partsOfBrowser } = parts
  const made = diagnose(editor.extensionHost === 'web' ? partsOfBrowser : parts, new AbortController().signal)
  await settle()
  await clock.advance(10_000)
  return printReport(await made, new Date(0)).split('\n')
}

const answerAt = (date: number) => async () =>
  new Response('{"issuer":"https://login.example"}', { headers: { date: new Date(date).toUTCString() } })
const failAt = (code: string) => () =>
  Promise.reject(new TypeError(SAID, { cause: Object.assign(new Error(SAID), { code }) }))
const NOW = createFakeClock().now()

const UNTRUSTED = { reason: 'writableByOthers', path: '/' } as const

async function showDiagnoses(): Promise<readonly string[]> {
  const failure = { at: 0, advice: SAID, description: SAID, correlationId: HOME, traceId: HOME }
  const policy = { methods: { values: ['deviceCode'], source: '/p' }, tenants: { values: [], source: '/p' } }
  const local = parseAuthority('http://127.0.0.1:1/organizations')
  const redirectUri = parseRedirectUri('http://localhost:1')
  const deviceCode = { listMethods: async () => ['deviceCode'] as const }
  const reports = [
    showDiagnosis(),
    showDiagnosis({ signInMethod: 'browser', lastFailure: failure, fetch: answerAt(NOW) }),
    showDiagnosis({ signInMethod: 'broker', fetch: answerAt(NOW - 100_000) }),
    showDiagnosis({ listMethods: async () => ['broker', 'browser'], fetch: answerAt(NOW + 100_000) }),
    showDiagnosis({ listMethods: async () => ['browser', 'broker'], fetch: failAt('ECONNREFUSED') }),
    showDiagnosis({ listMethods: async () => ['browser', 'deviceCode'], readPolicy: async () => policy }),
    showDiagnosis({ readPolicy: async () => policy, fetch: failAt('SELF_SIGNED_CERT_IN_CHAIN') }),
    showDiagnosis({ fetch: () => Promise.reject(new CrossOriginError(SERVER)) }),
    ...[407, 403].map((status) =>
      showDiagnosis({ fetch: () => Promise.reject(new Error(`Proxy ${SAID} (${status})`)) }),
    ),
    showDiagnosis({ resolve: () => ({ clientId: APP, authority: local, redirectUri }) }),
    showDiagnosis({ readCertificate: async () => ({ issuer: SAID, root: SAID, problem: SAID }) }),
    showDiagnosis({ readPolicy: () => new Promise(() => undefined) }),
    showDiagnosis({ secrets: { ...createSecrets(), get: async () => undefined } }),
    showDiagnosis({ network: { proxy: '[', proxySupport: 5, noProxy: [], systemCertificates: 5, proxyStrictSSL: 5 } }),
    showDiagnosis(deviceCode),
    showDiagnosis(deviceCode, { remoteName: SAID }),
    showDiagnosis(deviceCode, { uiKind: 'web' }),
    showDiagnosis({ ...deviceCode, policyPaths: [] }, { extensionHost: 'web' }),
    showDiagnosis({ resolve: () => ({ clientId: APP, authority: parseAuthority('https://moon.test/a.test') }) }),
    showDiagnosis({ resolve: () => ({ clientId: APP, authority: local, instanceDiscovery: false }) }),
    showDiagnosis({ isMethodWrong: true, settingProblems: settingsOf({ signInMethod: 'moon' }).problems }),
    showDiagnosis({ readPolicyFile: async () => fileOf({}) }),
    showDiagnosis({ readPolicyFile: async () => ({ kind: 'refused', path: '/p', problem: UNTRUSTED }) }),
  ]
  return (await Promise.all(reports)).flat()
}

/** What people are told where something is wrong, and where they ask what. */
export const PROBLEM_SCENES: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>> = {
  'refusals that the catalogue knows': () =>
    listKnownNumbers().flatMap((number) => tell(new OAuthError({ error: 'x', errorCodes: [number] }))),
  'other failures': () =>
    tell(
      new OAuthError({ error: SAID }),
      new OAuthError({ error: 'access_denied' }),
      new NetworkError(SAID),
      new NetworkError('x', { host: SERVER, code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      ...[407, 403].map((proxyStatus) => new NetworkError('x', { host: SERVER, proxyStatus })),
      new NetworkError('x', { host: SERVER, status: 503 }),
      new AuthorityError(SAID),
      new AuthorityError('x', { url: SAID, status: 404 }),
      new IdTokenError(SAID),
      new AuthorizationResponseError(SAID),
      new CrossOriginError(SERVER),
      new RedirectUriError(['http://localhost']),
      new MsalError(SAID),
      new InteractionError('no_loopback', 'x'),
      new NoAnswerError('http://localhost'),
      new BoundTokenError(),
    ),
  'requests that can not be met': () =>
    tellOf(
      () => resolve(['a b']),
      () => resolve(['VSCODE_CLIENT_ID:']),
      () => resolve(['VSCODE_TENANT:']),
      () => resolve(['ENTRA_PROFILE:']),
      () => resolve(['ENTRA_MOON']),
      () => resolve(['ENTRA_PROFILE:east']),
      () => resolve(['a'], {}),
      () => resolve(['a'], { profiles: { east: { clientId: APP } } }),
      () => resolve(['VSCODE_TENANT:moon.test'], { clientId: APP, authority: 'https://moon.test/x' }),
      () => parseConstraint({}),
      () => parseConstraint({ challenges: [{ scheme: 'Bearer', params: { claims: '?' } }] }),
      () => parseConstraint({ challenges: [{ scheme: 'Bearer', params: {} }] }),
    ),
  'problems of settings and of the key store': showSettingProblems,
  'what the policy refuses': showPolicyProblems,
  'the diagnosis': showDiagnoses,
}
