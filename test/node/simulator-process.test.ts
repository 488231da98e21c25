import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSimulatorProcess } from '../../src/node/simulator-process.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

describe("the simulator's process", function () {
  this.timeout(60_000)

  it('is ready when it has described itself, and ends when it is told', async () => {
    const simulator = await startSimulatorProcess(ROOT)
    try {
      const { http } = JSON.parse(simulator.description) as { http: string }
      assert.equal((await fetch(`${http}/common/v2.0/.well-known/openid-configuration`)).status, 200)
    } finally {
      simulator.stop()
    }
    await simulator.ended
  })

  it('is refused where there is no checkout of this project', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'entra-auth-no-simulator-'))
    try {
      await assert.rejects(startSimulatorProcess(folder), /ended before it was ready/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
