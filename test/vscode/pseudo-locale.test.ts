import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CLOUD_HOSTS } from '../../src/vscode/authority-address.ts'
import { SIGN_IN_CHOICES } from '../../src/vscode/sign-in-methods.ts'
import { findUntranslated, startPseudoLocale, translate } from '../support/pseudo-locale.ts'
import { SCENES } from './scenes.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const SOURCES = path.join(ROOT, 'src/vscode')
const load = createRequire(import.meta.url)

/** What the scenes are played with, and names that are the same in every language. */
const DATA: readonly string[] = [
  ...['ada', 'grace', 'eve', 'bob'].map((name) => `${name}@contoso.test`),
  ...['quoted-words', 'login.microsoftonline.com', 'contoso.com', 'contoso.test', 'moon.test', 'proxy.test'],
  ...['ABC123', 'east', 'west', 'Microsoft Entra', 'Microsoft Graph'],
]

/** What is called the same in a scene besides; elsewhere it may be a word that lacks a translation. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'the tree of accounts': ['Bearer', 'User.Read', 'openid', 'aud', 'upn', 'exp', 'tid'],
  'the pages that the browser shows at the end': ['error', 'error_description'],
  'other failures': ['SELF_SIGNED_CERT_IN_CHAIN', 'http.proxy', 'http.systemCertificates'],
  'requests that can not be met': ['VSCODE_CLIENT_ID', 'VSCODE_TENANT', 'ENTRA_PROFILE', 'ENTRA_MOON'],
  'problems of settings and of the key store': [
    ...settingNames(),
    ...Object.keys(CLOUD_HOSTS),
    ...SIGN_IN_CHOICES,
    ...['moon', 'true', 'false'],
  ],
  'what the policy refuses': [...settingNames(), ...SIGN_IN_CHOICES, 'allowedTenants', 'allowedClientIds', 'moon'],
  // Words of VS Code and of the network, in a report for whoever helps.
  'the diagnosis': [
    ...settingNames(),
    ...SIGN_IN_CHOICES,
    'moon',
    ...['proxy', 'proxySupport', 'noProxy', 'systemCertificates', 'proxyStrictSSL'].map((name) => `http.${name}`),
    ...['desktop', 'ui', 'web', 'node', 'HTTPS_PROXY', 'Proxy', 'ECONNREFUSED', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ],
}

function settingNames(): readonly string[] {
  const { properties } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).contributes.configuration
  const { additionalProperties: profile } = properties['entraAuth.profiles']
  return [...Object.keys(properties), ...Object.keys(profile.properties)]
}

/** What is shown, and which texts were asked for, while a scene is played. */
async function play(scene: () => Promise<readonly string[]> | readonly string[]) {
  const locale = startPseudoLocale()
  try {
    return { shown: await scene(), used: locale.used }
  } finally {
    locale.end()
  }
}

/** Texts that are asked for when modules are loaded, whatever the language is by then. */
function textsOfLoading(files: readonly string[]): readonly string[] {
  const drop = () => {
    const loaded = Object.entries(load.cache).filter(([file]) => file.startsWith(SOURCES) || files.includes(file))
    for (const [file] of loaded) Reflect.deleteProperty(load.cache, file)
    return Object.fromEntries(loaded)
  }
  const kept = drop()
  const locale = startPseudoLocale()
  try {
    files.forEach((file) => load(file))
    return [...locale.used]
  } finally {
    locale.end()
    drop()
    Object.assign(load.cache, kept)
  }
}

describe('in a language that nobody speaks', () => {
  for (const [what, scene] of Object.entries(SCENES))
    it(`every word is translated: ${what}`, async () => {
      const { shown } = await play(scene)
      assert.ok(shown.some((text) => text.includes('⟦')))
      assert.deepEqual(findUntranslated(shown, [...DATA, ...(NAMES[what] ?? [])]), [])
    })

  it('the scenes show all texts but those that only VS Code itself can show', async () => {
    const bundle = Object.keys(JSON.parse(readFileSync(path.join(ROOT, 'media/l10n/bundle.l10n.json'), 'utf8')))
    const used = new Set<string>()
    for (const scene of Object.values(SCENES)) for (const text of (await play(scene)).used) used.add(text)
    assert.deepEqual(bundle.filter((text) => !used.has(text)).toSorted(), SHOWN_BY_VSCODE.toSorted())
  })

  it('no text is asked for before anybody could choose a language', () => {
    const files = readdirSync(SOURCES).map((name) => path.join(SOURCES, name))
    assert.ok(files.length > 50)
    assert.deepEqual(textsOfLoading(files), [])
  })

  it('a text that a module keeps from when it was loaded is found', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pseudo-locale-'))
    const file = path.join(folder, 'early.cjs')
    try {
      writeFileSync(file, "exports.TITLE = require('vscode').l10n.t('Sign in')")
      assert.deepEqual(textsOfLoading([file]), ['Sign in'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const found: readonly (readonly [string, string])[] = [
    ['a text without a translation', 'Sign in again.'],
    ['one beside a translation', `${translate('Sign in')} again`],
    ['one within a translation', translate('The sign-in failed: {0}', 'no answer in time')],
    ['one that names what is known', 'Sign in to contoso.com'],
    ['the label of a link', '[Copy](command:entraAuth.copyDeviceCode?1)'],
  ]
  for (const [what, text] of found)
    it(`is found: ${what}`, () => assert.deepEqual(findUntranslated([text], DATA), [text]))

  it('names, addresses, ids and numbers are not taken for words', () => {
    const texts = [
      translate('Sign in to {0}', 'contoso.com'),
      translate('{0} of {1}', 5, '11111111-1111-4111-8111-111111111111'),
      `[${translate('Copy')}](command:entraAuth.copyDeviceCode?1) https://login.example/path?query`,
    ]
    assert.equal(texts[0], '⟦Šîĝñ îñ ţö contoso.com⟧')
    assert.deepEqual(findUntranslated(texts, DATA), [])
  })

  it('English is back once it has ended', () => {
    const { end, used } = startPseudoLocale()
    end()
    assert.deepEqual([load('vscode').l10n.t('Sign in to {0}', 'x'), [...used]], ['Sign in to x', []])
  })
})

/** What modules show that need VS Code itself; the scan of the sources looks at them. */
const SHOWN_BY_VSCODE: readonly string[] = [
  'Entra simulator',
  'Diagnosing the sign-in…',
  'Copy',
  'The diagnosis is made. It holds no user names, tokens or passwords.',
  'Show',
]
