import assert from 'node:assert/strict'
import { authorityOfCloud, parseAuthority } from '../../src/vscode/authority-address.ts'
import {
  barOf,
  combinePolicy,
  findBar,
  permit,
  permitClaims,
  permitMethods,
  PolicyError,
  PolicyFileError,
  type Bar,
  type Policy,
  type PolicyFile,
} from '../../src/vscode/policy.ts'
import { ClientConfigurationError } from '../../src/vscode/client-registry.ts'
import type { SignInRecord } from '../../src/vscode/session.ts'
import { createPolicySource } from '../../src/vscode/policy-source.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { settingsOf } from './fakes.ts'

const OURS = '11111111-1111-4111-8111-111111111111'
const OTHER = '22222222-2222-4222-8222-222222222222'
const FOREIGN = '33333333-3333-4333-8333-333333333333'
const PATH = '/etc/entra-auth/policy.json'

const fileOf = (members: object | string): PolicyFile => ({
  kind: 'text',
  path: PATH,
  text: typeof members === 'string' ? members : JSON.stringify(members),
})
const policyOf = (members: object, settings: Parameters<typeof settingsOf>[0] = {}) =>
  combinePolicy(fileOf(members), settingsOf(settings))
const clientOf = (tenant: string, clientId = 'app') => ({ clientId, authority: authorityOfCloud('public', tenant) })

describe('the policy file', () => {
  it('limits nothing where there is none', () =>
    assert.deepEqual(combinePolicy({ kind: 'absent' }, settingsOf({})), {}))

  it('may begin with a byte order mark and write IDs in any case', () => {
    const policy = combinePolicy(
      fileOf(`\uFEFF{"allowedTenants": ["${'A'.repeat(8)}${OURS.slice(8)}"]}`),
      settingsOf({}),
    )
    assert.deepEqual(policy.tenants?.values, [`aaaaaaaa${OURS.slice(8)}`])
  })

  const broken: readonly [string, object | string, RegExp][] = [
    ['half a file', '{\n"allowedTenants": [', /it ends in line 2, where a bracket or a value is missing/],
    ['a comma at the end', `{\n"allowedTenants": ["${OURS}"],\n}`, /nothing follows the comma in line 2/],
    ['a comment', '{\n// ours\n"allowedTenants": []}', /there is a comment in line 2, and JSON has none/],
    ['a word that is none', '{"allowedTenants": none}', /none} in line 1 is no JSON there/],
    ['a list', [], /it is no JSON object/],
    ['nothing', '', /json can't be used: it is empty\. Show/],
    ['an unknown member', { allowedTenant: [OURS] }, /the member "allowedTenant" is not known/],
    ['an empty list', { allowedTenants: [] }, /: allowedTenants \[\] is wrong, it must be a list that is not empty\./],
    ['text in place of a list', { allowedTenants: OURS }, /allowedTenants "1.*" is wrong, it must be a list/],
    [
      'a domain name',
      { allowedTenants: [OURS, 'contoso.com'] },
      /allowedTenants\[1\] "contoso\.com" is wrong, it must be a tenant ID/,
    ],
    ['a wildcard', { allowedClientIds: ['*'] }, /allowedClientIds\[0\] "\*" is wrong/],
    [
      'an unknown method',
      { allowedMethods: ['telepathy'] },
      /allowedMethods\[0\] "telepathy" is wrong, it must be one of browser/,
    ],
    ['a number', { allowedMethods: [1] }, /allowedMethods\[0\] 1 is wrong/],
  ]
  for (const [what, members, message] of broken)
    it(`lets nobody sign in where it holds ${what}, and names it`, () =>
      assert.throws(
        () => combinePolicy(fileOf(members), settingsOf({})),
        (error: Error) => {
          assert.ok(error instanceof PolicyError)
          assert.match(error.message, message)
          assert.match(
            error.message,
            /^Nobody can sign in: the policy \/etc\/entra-auth\/policy\.json .* administers this computer\.$/,
          )
          return true
        },
      ))

  const problems = {
    writableByOthers: /others than administrators may change \/etc\/entra-auth/,
    unreadable: /can't be read/,
    notAFile: /is no file/,
    tooLarge: /is too large/,
  } as const
  for (const [reason, message] of Object.entries(problems))
    it(`lets nobody sign in where it is refused as ${reason}`, () => {
      const problem = { reason: reason as keyof typeof problems, path: '/etc/entra-auth' }
      assert.throws(() => combinePolicy({ kind: 'refused', path: PATH, problem }, settingsOf({})), message)
    })

  it('is narrowed by settings and never widened', () => {
    assert.deepEqual(policyOf({ allowedTenants: [OURS, OTHER] }, { allowedTenants: [OTHER, FOREIGN] }).tenants, {
      values: [OTHER],
      source: `${PATH} and entraAuth.allowedTenants`,
    })
    assert.deepEqual(policyOf({ allowedTenants: [OURS] }, { allowedTenants: [FOREIGN] }).tenants?.values, [])
    assert.deepEqual(policyOf({ allowedTenants: [OURS] }, { allowedTenants: [] }).tenants?.values, [OURS])
    assert.deepEqual(policyOf({}, { allowedMethods: ['browser'] }).methods, {
      values: ['browser'],
      source: 'entraAuth.allowedMethods',
      setting: 'allowedMethods',
    })
  })

  it('and a wrong setting beside it lets nobody sign in, rather than be left out', () => {
    assert.throws(() => policyOf({}, { allowedTenants: ['contoso.com'] }), /entraAuth\.allowedTenants.*tenant ID/)
    assert.throws(() => policyOf({}, { allowedClientIds: 'app' }), /entraAuth\.allowedClientIds.*must be a list/)
  })

  it('is read again after a minute, and also where the clock was set back', async () => {
    const clock = createFakeClock()
    let reads = 0
    const readFile = async (): Promise<PolicyFile> => {
      reads++
      return reads === 1 ? { kind: 'absent' } : fileOf({ allowedMethods: ['browser'] })
    }
    const { read, readFile: readKept } = createPolicySource({ readFile, readSettings: () => settingsOf({}), clock })
    assert.deepEqual([await read(), await read()], [{}, {}])
    assert.equal(reads, 1)
    await clock.advance(60_000)
    assert.deepEqual((await read()).methods?.values, ['browser'])
    assert.equal((await readKept()).kind, 'text', 'the file that is in force')
    clock.set(0)
    await read()
    assert.equal(reads, 3)
  })
})

describe('#38 An administrator wants to allow only the own tenant', () => {
  const one = policyOf({ allowedTenants: [OURS] })
  const two = policyOf({ allowedTenants: [OURS, OTHER] })

  for (const tenant of ['common', 'organizations', 'consumers', 'Organizations'])
    it(`${tenant} becomes the only allowed tenant, or is refused with what to set`, () => {
      const { authority } = permit(one, clientOf(tenant))
      assert.equal(authority.url, `https://login.microsoftonline.com/${OURS}`)
      assert.equal(authority.tenant, OURS)
      assert.throws(() => permit(two, clientOf(tenant)), {
        setting: 'tenant',
        message: `${PATH} allows certain tenants only. Set entraAuth.tenant, the tenant in entraAuth.authority, or that of the profile, to one of them: ${OURS}, ${OTHER}.`,
      })
    })

  it('the tenant itself is allowed in any case, another one is not', () => {
    assert.equal(permit(one, clientOf(OURS.toUpperCase())).authority.tenant, OURS.toUpperCase())
    assert.throws(() => permit(one, clientOf(FOREIGN)), {
      name: 'PolicyError',
      message: `The tenant ${FOREIGN} is not allowed by ${PATH}. Use an allowed one, or ask whoever administers this computer.`,
    })
  })

  it('a domain name is refused, for whose it is can be told by a request only', () =>
    assert.throws(() => permit(one, clientOf('contoso.com')), /name it instead of contoso\.com\.$/))

  for (const url of ['https://adfs.contoso.com/adfs', 'https://x.b2clogin.com/x.onmicrosoft.com/b2c_1_in'])
    it(`${url} has no tenant that could be allowed`, () =>
      assert.throws(() => permit(one, { clientId: 'app', authority: parseAuthority(url) }), /has no tenant that/))

  it('External ID gets the tenant into its address', () =>
    assert.equal(
      permit(one, { clientId: 'app', authority: parseAuthority('https://x.ciamlogin.com') }).authority.url,
      `https://x.ciamlogin.com/${OURS}`,
    ))

  it('a token of another tenant, or of none, is refused', () => {
    permitClaims(one, { tid: OURS.toUpperCase() })
    permitClaims({}, undefined)
    for (const claims of [{ tid: FOREIGN }, { tid: 1 }, {}, undefined])
      assert.throws(() => permitClaims(one, claims), PolicyError)
  })

  it('an app registration that is not listed is refused, whoever names it', () => {
    const policy = policyOf({ allowedClientIds: ['App'] })
    assert.equal(permit(policy, clientOf('common', 'aPP')).clientId, 'aPP')
    assert.throws(() => permit(policy, clientOf('common', 'other')), /The client ID other is not allowed by \/etc/)
  })

  it('a way to sign in that is not listed is not offered, and nothing is where none is', () => {
    const policy = policyOf({ allowedMethods: ['deviceCode', 'broker'] })
    assert.deepEqual(permitMethods(policy, ['browser', 'deviceCode']), ['deviceCode'])
    assert.throws(
      () => permitMethods(policy, ['browser']),
      /allows none of the ways to sign in that there are here: browser/,
    )
  })

  it('a setting that refuses can be changed by its owner, and is what the message leads to', () => {
    const policy = combinePolicy({ kind: 'absent' }, settingsOf({ allowedTenants: [OURS] }))
    assert.throws(() => permit(policy, clientOf(FOREIGN)), {
      setting: 'allowedTenants',
      message: `The tenant ${FOREIGN} is not allowed by entraAuth.allowedTenants. Use an allowed one, or change that setting.`,
    })
  })
})

describe('what a policy has against a sign-in', () => {
  const HOST = 'login.microsoftonline.com'
  const recordOf = (home: string, tenant: string): SignInRecord => ({
    clientId: 'App',
    environment: HOST,
    homeAccountId: `ada.${home}`,
    accountId: `ada.${home}`,
    username: 'ada@contoso.test',
    label: 'ada@contoso.test',
    sessions: [{ id: 'a', scopes: ['a'], authority: `https://${HOST}/${tenant}` }],
  })
  const ours = policyOf({ allowedTenants: [OURS] })
  const cases: readonly (readonly [string, Policy, SignInRecord, Bar | undefined])[] = [
    ['is nothing where it limits nothing', {}, recordOf(FOREIGN, 'organizations'), undefined],
    ['is its client', policyOf({ allowedClientIds: ['other'] }), recordOf(OURS, OURS), { source: PATH }],
    [
      'is nothing where its client is allowed in another case',
      policyOf({ allowedClientIds: ['APP'] }),
      recordOf(FOREIGN, FOREIGN),
      undefined,
    ],
    ['is its tenant', ours, recordOf(FOREIGN, FOREIGN), { source: PATH }],
    ['is its home tenant, where it named none', ours, recordOf(FOREIGN, 'organizations'), { source: PATH }],
    [
      'is only that of other tenants, where it used an allowed one',
      ours,
      recordOf(FOREIGN, OURS),
      { source: PATH, except: [OURS] },
    ],
    [
      'is only that of other tenants, where it named none and may go on at home',
      ours,
      recordOf(OURS, 'organizations'),
      { source: PATH, except: [OURS] },
    ],
    [
      'names the setting where that is what limits',
      combinePolicy({ kind: 'absent' }, settingsOf({ allowedTenants: [OURS] })),
      recordOf(FOREIGN, FOREIGN),
      { source: 'entraAuth.allowedTenants' },
    ],
  ]
  for (const [what, policy, record, expected] of cases)
    it(what, () => assert.deepEqual(findBar(policy, record), expected))

  it("is the file or the setting where the policy can't be used", () => {
    assert.deepEqual(barOf(new PolicyFileError(PATH, 'broken')), { source: PATH })
    assert.deepEqual(barOf(new ClientConfigurationError('wrong', 'allowedMethods')), {
      source: 'entraAuth.allowedMethods',
    })
  })
})
