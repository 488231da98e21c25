import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import { describeMachine, readCertificate } from '../../src/node/machine-facts.ts'
import { createServerCertificate } from '../simulator/certificate.ts'
import { listenForTest } from './servers.ts'

describe('the machine', () => {
  it('is described by its system, its runtime and the variables that decide about the network', () => {
    const before = process.env['HTTPS_PROXY']
    process.env['HTTPS_PROXY'] = 'http://proxy.test:1'
    try {
      const { runtime, system, environment } = describeMachine()
      assert.equal(runtime, `Node ${process.versions.node}`)
      assert.equal(system, `${process.platform} ${process.arch}`)
      assert.equal(environment['HTTPS_PROXY'], 'http://proxy.test:1')
      assert.ok(!('PATH' in environment))
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY']
      else process.env['HTTPS_PROXY'] = before
    }
  })
})

describe("a server's certificate", () => {
  it('is told with the authority that issued it, also where nobody trusts that', async () => {
    const { certificate, privateKey, ca } = await createServerCertificate(['127.0.0.1'])
    const server = createServer({ cert: `${certificate}\n${ca}`, key: privateKey }, (_request, response) =>
      response.end('x'),
    )
    const listening = await listenForTest(server)
    try {
      const facts = await readCertificate(`https://127.0.0.1:${listening.port}/`, AbortSignal.timeout(10_000))
      assert.equal(facts.issuer, 'Entra simulator CA (not a real identity provider)')
      assert.equal(facts.root, facts.issuer)
      assert.match(facts.problem ?? '', /^SELF_SIGNED_CERT_IN_CHAIN$/)
    } finally {
      await listening.close()
    }
  })

  it('is not waited for longer than the signal says, and not had where nobody listens', async () => {
    await assert.rejects(readCertificate('https://127.0.0.1:1/', AbortSignal.timeout(10_000)), /ECONNREFUSED/)
    await assert.rejects(readCertificate('https://127.0.0.1:1/', AbortSignal.abort()), { name: 'AbortError' })
  })
})
