import assert from 'node:assert/strict'
import { resolveClient } from '../../src/vscode/client-registry.ts'
import { parseScopeRequest } from '../../src/vscode/scope-request.ts'
import type { GivenSession, SignInRecord } from '../../src/vscode/session.ts'
import { applyChosenTenant, chooseTarget, listTenants, type SignInTarget } from '../../src/vscode/sign-in-target.ts'
import { signInToTenant } from '../../src/vscode/tenant-sign-in.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createHost, createWindow, settingsOf, settle } from './fakes.ts'

const PUBLIC = 'https://login.microsoftonline.com'
const session = (authority: string, scopes: readonly string[], more: Partial<GivenSession> = {}): GivenSession => ({
  id: `${authority} ${scopes.join(' ')}`,
  authority,
  scopes,
  ...more,
})
const recordOf = (name: string, sessions: readonly GivenSession[], more: Partial<SignInRecord> = {}): SignInRecord => ({
  clientId: 'app',
  environment: 'login.microsoftonline.com',
  homeAccountId: name,
  accountId: name,
  username: `${name}@contoso.test`,
  label: `${name}@contoso.test`,
  sessions,
  ...more,
})
const resolve = (asked: readonly string[], settings: object = { clientId: 'app' }) =>
  resolveClient(parseScopeRequest(asked), settingsOf(settings))

/** Asks for a session as the account `ada`, or whoever is picked. */
function choose(
  asked: readonly string[],
  records: readonly SignInRecord[],
  options: { settings?: object; account?: { id: string; label: string } | undefined } = {},
) {
  const { settings, account = { id: 'ada', label: 'ada@contoso.test' } } = options
  const window = createWindow()
  const clock = createFakeClock()
  const configuration = resolve(asked, settings)
  const target = chooseTarget(
    { configuration, asked, account, isChallenged: false },
    records,
    createHost(window, clock),
  )
  return { window, clock, target }
}
const authorityOf = async (target: Promise<SignInTarget | undefined>) => (await target)?.configuration.authority.url

describe('the account of a sign-in', () => {
  it('is named to the page by its user name alone, though it has been signed out and its label has a suffix', async () => {
    for (const label of ['ada@contoso.test', 'ada@contoso.test (personal)', 'ada@contoso.test (2)'])
      assert.equal((await choose(['b'], [], { account: { id: 'ada', label } }).target)?.loginHint, 'ada@contoso.test')
  })
})

describe('the tenant of a sign-in', () => {
  const home = session(`${PUBLIC}/organizations`, ['a'])
  const guest = session(`${PUBLIC}/fabrikam.test`, ['a', 'VSCODE_TENANT:fabrikam.test'])

  it('#22 is asked of nobody who has used one only, and is their own', async () => {
    const { window, target } = choose(['b'], [recordOf('ada', [home])])
    assert.equal(await authorityOf(target), `${PUBLIC}/organizations`)
    assert.deepEqual(window.picks, [])
  })

  it('#21 is asked where the request leaves it open and the account has used several', async () => {
    const { window, target } = choose(['b'], [recordOf('ada', [home, guest])])
    await settle()
    assert.deepEqual(
      window.picks[0]?.items.map(({ label }) => label),
      ["The account's own tenant", 'fabrikam.test', 'Another tenant…'],
    )
    window.picks[0].choose('fabrikam.test')
    assert.equal(await authorityOf(target), `${PUBLIC}/fabrikam.test`)
  })

  it("is the account's own where that is picked, and nobody signs in where nothing is", async () => {
    for (const [label, url] of [["The account's own tenant", `${PUBLIC}/organizations`], [undefined]] as const) {
      const { window, target } = choose(['b'], [recordOf('ada', [guest])])
      await settle()
      window.picks[0]!.choose(label)
      assert.equal(await authorityOf(target), url)
    }
  })

  it('is entered where it is another one, and must be a tenant', async () => {
    const { window, target } = choose(['b'], [recordOf('ada', [guest])])
    await settle()
    window.picks[0]!.choose('Another tenant…')
    await settle()
    const question = window.questions[0]!
    const { options } = question
    assert.match(options.validate('a/b') ?? '', /tenant ID or a domain name/)
    assert.equal(options.validate('tailspin.test'), undefined)
    question.enter('tailspin.test')
    assert.equal(await authorityOf(target), `${PUBLIC}/tailspin.test`)
  })

  it('is not asked for where the request or the settings name it, nor where a session for the scopes is renewed', async () => {
    const records = [recordOf('ada', [home, guest])]
    for (const { window, target } of [
      choose(['b', 'VSCODE_TENANT:tailspin.test'], records),
      choose(['b'], records, { settings: { clientId: 'app', tenant: 'tailspin.test' } }),
      choose(['a'], records),
      choose(['b'], [recordOf('grace', [guest])]),
    ]) {
      assert.ok(await target)
      assert.deepEqual(window.picks, [])
    }
  })

  it('#22 is none that another account, another cloud or another server has used', () => {
    const gov = session('https://login.microsoftonline.us/gov.test', ['a'])
    assert.deepEqual(listTenants([recordOf('ada', [home, guest, gov])]), ['fabrikam.test', 'gov.test'])
    assert.deepEqual(listTenants([recordOf('ada', [session('https://adfs.contoso.com/adfs', ['a'])])]), [])
    const { window } = choose(['b'], [recordOf('ada', [gov], { environment: 'login.microsoftonline.us' })])
    assert.deepEqual(window.picks, [])
  })

  it('is asked of the account that was picked, and of no other', async () => {
    const records = [recordOf('ada', [home, guest]), recordOf('grace', [home])]
    const window = createWindow()
    const request = { configuration: resolve(['b']), asked: ['b'], isChallenged: false }
    const target = chooseTarget(request, records, createHost(window, createFakeClock()))
    await settle()
    window.picks[0]!.choose('grace@contoso.test')
    assert.deepEqual(
      [await authorityOf(target), (await target)?.loginHint],
      [`${PUBLIC}/organizations`, 'grace@contoso.test'],
    )
    assert.equal(window.picks.length, 1)
  })

  it('ends the question by itself after 5 minutes', async () => {
    const { clock, target } = choose(['b'], [recordOf('ada', [guest])])
    await clock.advance(300_000)
    assert.equal(await target, undefined)
  })

  it('is remembered for the scopes that it was chosen for, in any order, and for no others', () => {
    const chosen = session(`${PUBLIC}/fabrikam.test`, ['a', 'b'], { isTenantChosen: true })
    const urlFor = (asked: readonly string[], sessions: readonly GivenSession[]) =>
      applyChosenTenant(resolve(asked), recordOf('ada', sessions), asked).authority.url
    assert.equal(urlFor(['b', 'a'], [chosen]), `${PUBLIC}/fabrikam.test`)
    assert.equal(urlFor(['a'], [chosen]), `${PUBLIC}/organizations`)
    const ofWorkspace = session(`${PUBLIC}/fabrikam.test`, ['a'])
    assert.equal(urlFor(['a'], [ofWorkspace]), `${PUBLIC}/organizations`, 'what a workspace set is chosen nowhere else')
  })
})

describe('the command to sign in to another tenant', () => {
  function run(settings: object, records: readonly SignInRecord[] = []) {
    const window = createWindow()
    const asked: (readonly string[])[] = []
    const failed: unknown[] = []
    const done = signInToTenant({
      readSettings: () => settingsOf(settings),
      records: { all: async () => records } as never,
      provider: {
        createSession: (scopes: readonly string[]) => {
          asked.push(scopes)
          return Promise.reject(new Error('told by a notification already'))
        },
      } as never,
      host: createHost(window, createFakeClock()),
      signInFailed: (error) => failed.push(error),
    })
    return { window, asked, failed, done }
  }

  it('#21 asks which, and signs in there and nowhere else', async () => {
    const guest = session(`${PUBLIC}/fabrikam.test`, ['a'])
    const { window, asked, done } = run({ clientId: 'app' }, [recordOf('ada', [guest])])
    await settle()
    window.picks[0]!.choose('fabrikam.test')
    await done
    assert.deepEqual(asked, [['openid', 'profile', 'VSCODE_TENANT:fabrikam.test']])
  })

  it('lets the first one be entered', async () => {
    const { window, asked, done } = run({ clientId: 'app' })
    await settle()
    window.questions[0]!.enter('tailspin.test')
    await done
    assert.deepEqual(asked, [['openid', 'profile', 'VSCODE_TENANT:tailspin.test']])
  })

  it('asks for the profile first, where several have tenants', async () => {
    const profiles = {
      gov: { clientId: 'gov-app', cloud: 'usGovernment' },
      adfs: { clientId: 'x', authority: 'https://adfs.contoso.com/adfs' },
    }
    const { window, asked, done } = run({ clientId: 'app', profiles })
    await settle()
    assert.deepEqual(
      window.picks[0]!.items.map(({ label }) => label),
      ['The default client', 'gov'],
    )
    window.picks[0]!.choose('gov')
    await settle()
    window.questions[0]!.enter('tailspin.test')
    await done
    assert.deepEqual(asked, [['openid', 'profile', 'VSCODE_TENANT:tailspin.test', 'ENTRA_PROFILE:gov']])
  })

  const impossible: readonly [string, object, RegExp][] = [
    ['there is no client ID', {}, /needs the client ID/],
    ['the client ID is wrong', { clientId: 'a b' }, /entraAuth\.clientId can't be used/],
    ['its server has no tenants', { clientId: 'app', authority: 'https://adfs.contoso.com/adfs' }, /no tenants/],
  ]
  for (const [what, settings, message] of impossible)
    it(`asks for no tenant where ${what}, and says so`, async () => {
      const { window, asked, failed, done } = run(settings)
      await done
      assert.deepEqual([window.picks, window.questions, asked], [[], [], []])
      assert.match(String(failed[0]), message)
    })

  it('asks for the tenant where only a tenant that is set is wrong, for another one is meant', async () => {
    const { window, asked, failed, done } = run({ clientId: 'app', tenant: 'a/b' })
    await settle()
    window.questions[0]!.enter('tailspin.test')
    await done
    assert.deepEqual([asked.length, failed], [1, []])
  })

  it('does nothing where nothing is picked', async () => {
    const { window, asked, done } = run({ clientId: 'app' })
    await settle()
    window.questions[0]!.enter()
    await done
    assert.deepEqual(asked, [])
  })
})
