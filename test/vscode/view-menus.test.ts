import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'

interface MenuItem {
  readonly command: string
  readonly when: string
  readonly group: string
}

const { contributes } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  readonly contributes: { readonly menus: Readonly<Record<string, readonly MenuItem[]>> }
}

/** Whether a clause of the manifest holds for a row; clauses of the view compare nothing else. */
function holds(when: string, row: string): boolean {
  const [, equal, pattern = ''] = /^view == entraAuth\.accounts && viewItem (?:== (\w+)|=~ \/(.*)\/)$/.exec(when) ?? []
  return equal === undefined ? new RegExp(pattern).test(row) : equal === row
}

const commandsFor = (row: string): readonly string[] => [
  ...new Set(
    (contributes.menus['view/item/context'] ?? [])
      .filter(({ when }) => holds(when, row))
      .map(({ command }) => command.replace('entraAuth.', '')),
  ),
]

describe('the menus of the view', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['account.accountId', ['signOut', 'copyAccountId']],
    ['tenant', ['forgetTokens']],
    ['tenant.tenantId', ['forgetTokens', 'copyTenantId']],
    ['token', ['refreshToken', 'forgetTokens']],
    ['barredToken', ['forgetTokens']],
    ['idToken', ['forgetTokens']],
    ['fact', []],
    ['fact.value', ['copyValue']],
    ['hiddenClaim', ['revealClaim']],
    ['shownClaim', ['hideClaim']],
    ['shownClaim.value', ['hideClaim', 'copyValue']],
    ['claims', []],
    ['scopes', []],
  ]
  for (const [row, commands] of cases)
    it(`offer of ${row}: ${commands.join(', ') || 'nothing'}`, () => assert.deepEqual(commandsFor(row), commands))
})
