import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listBrowserCommands, startFirst } from '../../src/node/system-browser.ts'

const URL_TEXT = 'https://login.example.test/?a=1&b=%26'

describe('commands that open a page', () => {
  const cases: readonly [string, NodeJS.Platform, Readonly<Record<string, string>>, readonly (readonly string[])[]][] =
    [
      ['on macOS', 'darwin', {}, [['/usr/bin/open', URL_TEXT]]],
      [
        'on Windows',
        'win32',
        { SystemRoot: 'D:\\Windows' },
        [['D:\\Windows\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler', URL_TEXT]],
      ],
      ['on a Linux desktop', 'linux', { DISPLAY: ':0' }, [['xdg-open', URL_TEXT]]],
      ['under Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }, [['xdg-open', URL_TEXT]]],
      ['where there is no display: none', 'linux', {}, []],
      [
        'with BROWSER first',
        'linux',
        { DISPLAY: ':0', BROWSER: 'firefox --new-window %s:chromium --incognito' },
        [
          ['firefox', '--new-window', URL_TEXT],
          ['chromium', '--incognito', URL_TEXT],
          ['xdg-open', URL_TEXT],
        ],
      ],
      [
        'under WSL without PowerShell',
        'linux',
        { WSL_DISTRO_NAME: 'Debian' },
        [
          ['wslview', URL_TEXT],
          ['/mnt/c/Windows/System32/rundll32.exe', 'url.dll,FileProtocolHandler', URL_TEXT],
        ],
      ],
    ]
  for (const [where, platform, environment, expected] of cases) {
    it(where, () => assert.deepEqual(listBrowserCommands(URL_TEXT, platform, environment), expected))
  }

  it('hold the address in a form that no program can take for something else', () => {
    const [command] = listBrowserCommands(`https://login.example.test/?a="b c"'\n&d=\u202e`, 'darwin', {})
    assert.equal(command?.at(-1), 'https://login.example.test/?a=%22b%20c%22%27&d=%E2%80%AE')
  })

  for (const address of ['file:///etc/passwd', 'javascript:alert(1)', 'vscode://x/y', '--version', 'no address', '']) {
    it(`are none for "${address}"`, () => {
      for (const platform of ['darwin', 'win32', 'linux'] as const) {
        assert.deepEqual(listBrowserCommands(address, platform, { DISPLAY: ':0', BROWSER: 'firefox' }), [])
      }
    })
  }
})

describe('starting a browser', () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'entra-auth-'))))
  afterEach(() => rm(folder, { recursive: true }))

  /** A program that notes its last argument and then ends as it is told. */
  const createCommand = (ending: string, ...rest: readonly string[]) => {
    const note = `require('fs').appendFileSync(${JSON.stringify(join(folder, 'opened'))}, process.argv.at(-1) + '\\n')`
    return [process.execPath, '--eval', `${note};${ending}`, '--', ...rest] as const
  }
  const readOpened = () => readFile(join(folder, 'opened'), 'utf8')

  it('gives the program its arguments as they are', async () => {
    const argument = `$(touch bad) & "%PATH%" ; 'x' | y`
    assert.equal(await startFirst([createCommand('', argument)]), true)
    assert.equal(await readOpened(), `${argument}\n`)
  })

  it('counts a program that goes on running as opened', async () => {
    assert.equal(await startFirst([createCommand('setTimeout(() => undefined, 6_000)')]), true)
  })

  it('tries the next one after a program that is not there or ends with an error, and none after a good one', async () => {
    const commands = [
      [join(folder, 'missing'), 'x'] as const,
      createCommand('process.exit(3)', 'bad'),
      createCommand('', 'good'),
      createCommand('', 'too many'),
    ]
    assert.equal(await startFirst(commands), true)
    assert.equal(await readOpened(), 'bad\ngood\n')
  })

  it('tells that no program could be started', async () => {
    assert.equal(await startFirst([[join(folder, 'missing')], createCommand('process.exit(3)')]), false)
    assert.equal(await startFirst([]), false)
  })
})
