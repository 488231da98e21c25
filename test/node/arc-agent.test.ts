import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createArcAgent, locateArcAgent } from '../../src/node/arc-agent.ts'
import type { ArcAgent } from '../../src/msal/core/ports.ts'

const KEY = 'k'.repeat(4096)

describe('The agent of Azure Arc', () => {
  let folder: string
  let tokens: string
  let agent: ArcAgent

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'arc-'))
    tokens = join(folder, 'tokens')
    mkdirSync(tokens)
    agent = createArcAgent(() => ({ executable: join(folder, 'himds'), tokenFolder: tokens, isWindows: false }))
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  it('gives a key of 4096 bytes from its token folder', async () => {
    writeFileSync(join(tokens, 'a.key'), KEY)
    const key = await agent.readKey(join(tokens, 'a.key'))
    assert.equal(key.reveal(), KEY)
    assert.equal(String(key), '[secret]')
  })

  it('gives a key without the line end of its file', async () => {
    writeFileSync(join(tokens, 'a.key'), 'the-key\r\n')
    assert.equal((await agent.readKey(join(tokens, 'a.key'))).reveal(), 'the-key')
  })

  const refusals: readonly (readonly [name: string, problem: RegExp, prepare: () => string])[] = [
    [
      'in another folder',
      /not in the token folder/,
      () => {
        writeFileSync(join(folder, 'a.key'), 'key')
        return join(folder, 'a.key')
      },
    ],
    [
      'below its token folder',
      /not in the token folder/,
      () => {
        mkdirSync(join(tokens, 'deep'))
        writeFileSync(join(tokens, 'deep', 'a.key'), 'key')
        return join(tokens, 'deep', 'a.key')
      },
    ],
    [
      'that its path climbs out to',
      /not in the token folder/,
      () => {
        writeFileSync(join(folder, 'a.key'), 'key')
        return `${tokens}/../a.key`
      },
    ],
    [
      'in a folder whose name begins alike',
      /not in the token folder/,
      () => {
        mkdirSync(`${tokens}-2`)
        writeFileSync(join(`${tokens}-2`, 'a.key'), 'key')
        return join(`${tokens}-2`, 'a.key')
      },
    ],
    [
      'named without a folder',
      /not in the token folder/,
      () => {
        writeFileSync(join(tokens, 'a.key'), 'key')
        return 'a.key'
      },
    ],
    [
      'of another kind',
      /does not end in \.key/,
      () => {
        writeFileSync(join(tokens, 'a.key.txt'), 'key')
        return join(tokens, 'a.key.txt')
      },
    ],
    [
      'of 4097 bytes',
      /more than 4096 bytes/,
      () => {
        writeFileSync(join(tokens, 'a.key'), `${KEY}k`)
        return join(tokens, 'a.key')
      },
    ],
    [
      'that is a link to another',
      /is a link/,
      () => {
        writeFileSync(join(folder, 'secret'), 'key')
        symlinkSync(join(folder, 'secret'), join(tokens, 'a.key'))
        return join(tokens, 'a.key')
      },
    ],
    [
      'that is another file too',
      /is a link/,
      () => {
        writeFileSync(join(folder, 'secret'), 'key')
        linkSync(join(folder, 'secret'), join(tokens, 'a.key'))
        return join(tokens, 'a.key')
      },
    ],
    [
      'that is a folder',
      /no regular file/,
      () => {
        mkdirSync(join(tokens, 'a.key'))
        return join(tokens, 'a.key')
      },
    ],
    [
      'that is a pipe',
      /no regular file/,
      () => {
        execFileSync('mkfifo', [join(tokens, 'a.key')])
        return join(tokens, 'a.key')
      },
    ],
    ['that is not there', /can not be read \(ENOENT\)/, () => join(tokens, 'a.key')],
    [
      'that holds nothing',
      /holds no key/,
      () => {
        writeFileSync(join(tokens, 'a.key'), ' \n')
        return join(tokens, 'a.key')
      },
    ],
    [
      'that would add a header',
      /holds no key/,
      () => {
        writeFileSync(join(tokens, 'a.key'), 'key\r\nx-admin: 1')
        return join(tokens, 'a.key')
      },
    ],
    ['with a name that no file can have', /does not end in \.key/, () => join(tokens, 'a\0.key')],
  ]
  for (const [name, problem, prepare] of refusals)
    it(`refuses a key file ${name}`, async () => {
      await assert.rejects(agent.readKey(prepare()), {
        name: 'ManagedIdentityError',
        error: 'key_file_refused',
        message: problem,
      })
    })

  it('refuses every key file where there is no agent for the system', async () => {
    const none = createArcAgent(() => undefined)
    assert.equal(await none.isInstalled(), false)
    await assert.rejects(none.readKey('/var/opt/azcmagent/tokens/a.key'), { message: /no agent .* operating system/ })
  })

  it('knows paths of Windows, whatever their case', async () => {
    // A name of Windows is a legal name of a file here.
    const windows = createArcAgent(() => ({
      executable: '',
      tokenFolder: String.raw`C:\ProgramData\AzureConnectedMachineAgent\Tokens`,
      isWindows: true,
    }))
    for (const [path, problem] of [
      [String.raw`c:\programdata\azureconnectedmachineagent\tokens\A.KEY`, /ENOENT/],
      ['C:/ProgramData/AzureConnectedMachineAgent/Tokens/a.key', /ENOENT/],
      [String.raw`C:\ProgramData\AzureConnectedMachineAgent\Tokens\..\a.key`, /not in the token folder/],
      [String.raw`\\server\share\a.key`, /not in the token folder/],
      [String.raw`C:\ProgramData\AzureConnectedMachineAgent\Tokens\a.txt:b.key`, /does not end in \.key/],
    ] as const)
      await assert.rejects(windows.readKey(path), { message: problem }, path)
  })

  it('is installed where its program is', async () => {
    assert.equal(await agent.isInstalled(), false)
    writeFileSync(join(folder, 'himds'), '')
    chmodSync(join(folder, 'himds'), 0o755)
    assert.equal(await agent.isInstalled(), true)
  })

  it('has its place on Linux and Windows, and nowhere else', () => {
    assert.deepEqual(locateArcAgent('linux', {}), {
      executable: '/opt/azcmagent/bin/himds',
      tokenFolder: '/var/opt/azcmagent/tokens',
      isWindows: false,
    })
    assert.deepEqual(
      locateArcAgent('win32', { ProgramFiles: String.raw`D:\Programs`, ProgramData: String.raw`D:\Data` }),
      {
        executable: String.raw`D:\Programs\AzureConnectedMachineAgent\himds.exe`,
        tokenFolder: String.raw`D:\Data\AzureConnectedMachineAgent\Tokens`,
        isWindows: true,
      },
    )
    assert.equal(locateArcAgent('win32', {}), undefined)
    assert.equal(locateArcAgent('darwin', {}), undefined)
  })
})
