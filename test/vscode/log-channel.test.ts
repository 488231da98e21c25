import assert from 'node:assert/strict'
import { createLog, redact } from '../../src/vscode/log-channel.ts'

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'
const OPAQUE = '0.AXoAcanary_canary-canary.AgABAwEAAADnfolhJpSnRYB1SVj-Hgd8Agcanary'

describe('#37 Names of people are written to logs: the log', () => {
  const canaries: [string, string, string][] = [
    ['a JWT', `got ${JWT} from cache`, JWT],
    ['an encrypted token', `got eyJhbGciOiJkaXIifQ..a.b.c`, 'eyJ'],
    ['an opaque refresh token', `sent ${OPAQUE}.`, 'canary'],
    ['a form', 'grant_type=refresh_token&refresh_token=canary1&client_secret=canary2', 'canary'],
    ['JSON', '{"access_token":"canary one","code": "canary two"}', 'canary'],
    ['a short code in a query', 'http://localhost:1/?code=canary&state=canary', 'canary'],
    ['an Authorization header', 'Authorization: Bearer canary', 'canary'],
    ['a device code', 'user_code: canary', 'canary'],
    ['a user name', 'signed in canary@contoso.com again', 'canary'],
    ['an escaped user name', 'login_hint=canary%40contoso.com', 'canary'],
    ['a user name in quotes', "User 'canary.o_1@contoso.onmicrosoft.com' was not found", 'canary'],
    ['the user name of an address', 'of https://canary:secret@login.example/t', 'canary'],
    ['the password of an address', 'of https://ada:p@canary@login.example/t', 'canary'],
    ['a home account id', 'for 11111111-1111-4111-8111-111111111111.22222222-2222-4222-8222-222222222222', '2222'],
    ['an assertion', 'client_assertion=canary.canary.canary', 'canary'],
    ['a password', "password='canary canary'", 'canary'],
    ['the home folder of Linux', "ENOENT: no such file, open '/home/canary/.config/Code/x'", 'canary'],
    ['the home folder of macOS', 'no /Users/canary', 'canary'],
    ['the home folder of Windows', 'EPERM: C:\\Users\\Canary Jones\\AppData\\x', 'Jones'],
  ]
  for (const [what, text, canary] of canaries)
    it(`never has ${what}`, () => assert.ok(!redact(text).includes(canary), redact(text)))

  const kept = [
    'GET https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration: 200',
    'server refused: invalid_grant codes=50076,700016 status=400 correlationId=11111111-1111-4111-8111-111111111111',
    'POST http://127.0.0.2:41475/organizations/oauth2/v2.0/token in 12 ms',
    'http://localhost:49152',
  ]
  for (const text of kept) it(`keeps ${JSON.stringify(text)}`, () => assert.equal(redact(text), text))

  it('takes secrets out at every level', () => {
    const written: string[] = []
    const write = (level: string) => (text: string) => void written.push(`${level} ${text}`)
    const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const
    const log = createLog({
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    })
    for (const level of levels) log[level](`of ada@contoso.com`)
    assert.deepEqual(
      written,
      levels.map((level) => `${level} of [user]`),
    )
  })
})
