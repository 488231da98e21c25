import assert from 'node:assert/strict'
import type { BrokerLog, BrokerStart } from '../../src/msal/core/broker-runtime.ts'
import { createBrokerHost, type BrokerMachine } from '../../src/node/broker-host.ts'

const READY = { state: 'ready', runtime: {} } as unknown as BrokerStart
const AWAY: BrokerStart = { state: 'unavailable', reason: 'away' }

function createMachine(changes: Partial<BrokerMachine> & { readonly natives?: readonly (BrokerStart | Error)[] } = {}) {
  const started: string[] = []
  const logs: (BrokerLog | undefined)[] = []
  const machine: BrokerMachine = {
    platform: 'win32',
    readRelease: () => '6.8.0-45-generic\n',
    startLinux: async () => {
      started.push('linux')
      return READY
    },
    startNative: async ({ platform, log }) => {
      const answer = changes.natives?.[started.length] ?? READY
      started.push(platform)
      logs.push(log)
      if (answer instanceof Error) throw answer
      return answer
    },
    ...changes,
  }
  return { host: createBrokerHost(machine), started, logs }
}

/** A log that remembers. */
function createLog(allowsPii: boolean) {
  const lines: string[] = []
  const note = (line: string) => void lines.push(line)
  return { log: { allowsPii, debug: note, error: note }, lines }
}

describe("The machine's brokers", () => {
  const systems: readonly [NodeJS.Platform, release: string, platform: string | undefined][] = [
    ['win32', '', 'windows'],
    ['darwin', '', 'mac'],
    ['linux', '6.8.0-45-generic', 'linux'],
    ['linux', '5.15.167.4-microsoft-standard-WSL2', 'wsl'],
    ['linux', '4.4.0-19041-Microsoft', 'wsl'],
    ['freebsd', '', undefined],
  ]
  for (const [system, release, platform] of systems)
    it(`are those of ${platform ?? 'no platform'} on ${system} ${release}`, async () => {
      const { host, started } = createMachine({ platform: system, readRelease: () => release })
      assert.equal(host.platform, platform)
      const start = await host.start()
      assert.equal(start.state, platform === undefined ? 'unavailable' : 'ready')
      assert.deepEqual(started, platform === undefined ? [] : [platform])
    })

  it('are those of Linux where the kernel does not tell its release', () => {
    const readRelease = () => {
      throw new Error('no /proc')
    }
    assert.equal(createMachine({ platform: 'linux', readRelease }).host.platform, 'linux')
  })

  it('are looked for when they are first used, and once', () => {
    let reads = 0
    const { host } = createMachine({ platform: 'linux', readRelease: () => String(++reads) })
    assert.equal(reads, 0)
    assert.equal(host.platform, host.platform)
    assert.equal(reads, 1)
  })

  it('are asked for a sign of life on Linux by every start', async () => {
    const { host, started } = createMachine({ platform: 'linux' })
    await host.start()
    await host.start()
    assert.deepEqual(started, ['linux', 'linux'])
  })

  it('are started once elsewhere, for all who ask at once and later', async () => {
    const { host, started } = createMachine()
    const [first, second] = await Promise.all([host.start(), host.start()])
    assert.equal(first, second)
    assert.equal(await host.start(), first)
    assert.deepEqual(started, ['windows'])
  })

  it('are started again where that failed', async () => {
    const { host, started } = createMachine({ natives: [AWAY, new Error('it broke'), READY] })
    assert.equal((await host.start()).state, 'unavailable')
    await assert.rejects(host.start(), /it broke/)
    assert.equal((await host.start()).state, 'ready')
    assert.equal((await host.start()).state, 'ready')
    assert.equal(started.length, 3)
  })

  it('tell every client what they log, once, and names to those alone who may be told', async () => {
    const { host, started, logs } = createMachine()
    const [one, two, personal] = [createLog(false), createLog(false), createLog(true)]
    await host.start()
    for (const { log } of [one, one, two, personal]) await host.start(log)
    assert.equal(started.length, 2)
    assert.deepEqual(
      logs.map((log) => log?.allowsPii),
      [false, true],
    )
    logs[0]?.debug('a line')
    logs[0]?.error('the end')
    logs[1]?.debug('a line about Ada')
    assert.deepEqual(
      [one.lines, two.lines],
      [
        ['a line', 'the end'],
        ['a line', 'the end'],
      ],
    )
    assert.deepEqual(personal.lines, ['a line about Ada'])
  })
})
