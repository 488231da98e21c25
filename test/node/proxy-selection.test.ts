import assert from 'node:assert/strict'
import { ConfigurationError } from '../../src/msal/core/errors.ts'
import { parseProxy, selectProxy } from '../../src/node/proxy-selection.ts'

const PROXY = 'http://proxy.example.test:3128'

const choose = (url: string, environment: Readonly<Record<string, string>>) =>
  selectProxy(new URL(url), environment)?.host

describe('proxy of the environment', () => {
  const variables: readonly [string, string, Readonly<Record<string, string>>, string | undefined][] = [
    ['takes HTTPS_PROXY for https', 'https://a.test/', { HTTPS_PROXY: PROXY }, 'proxy.example.test:3128'],
    ['takes no HTTP_PROXY for https', 'https://a.test/', { HTTP_PROXY: PROXY }, undefined],
    ['takes HTTP_PROXY for http', 'http://a.test/', { HTTP_PROXY: PROXY }, 'proxy.example.test:3128'],
    ['takes no HTTPS_PROXY for http', 'http://a.test/', { HTTPS_PROXY: PROXY }, undefined],
    ['prefers lower case', 'https://a.test/', { https_proxy: 'http://low:1', HTTPS_PROXY: PROXY }, 'low:1'],
    ['is switched off by an empty value', 'https://a.test/', { https_proxy: '', HTTPS_PROXY: PROXY }, undefined],
    ['needs no scheme', 'https://a.test/', { HTTPS_PROXY: 'proxy:3128' }, 'proxy:3128'],
    [
      'prefers no_proxy to NO_PROXY',
      'https://a.test/',
      { HTTPS_PROXY: PROXY, no_proxy: 'b.test', NO_PROXY: 'a.test' },
      'proxy.example.test:3128',
    ],
  ]
  for (const [rule, url, environment, expected] of variables) {
    it(rule, () => assert.equal(choose(url, environment), expected))
  }

  const exemptions: readonly [url: string, list: string, isExempt: boolean][] = [
    ['https://a.test/', '*', true],
    ['https://a.test/', 'b.test, a.test', true],
    ['https://a.test/', 'b.test a.test', true],
    ['https://A.test/', 'a.TEST', true],
    ['https://x.a.test/', 'a.test', true],
    ['https://x.a.test/', '.a.test', true],
    ['https://x.a.test/', '*.a.test', true],
    ['https://xa.test/', 'a.test', false],
    ['https://a.test.evil/', 'a.test', false],
    ['https://a.test/', 'x.a.test', false],
    ['https://a.test/', 'a.test:443', true],
    ['https://a.test/', 'a.test:8443', false],
    ['https://a.test:8443/', 'a.test:8443', true],
    ['https://a.test/', ',', false],
    ['https://10.1.2.3/', '10.0.0.0/8', true],
    ['https://11.1.2.3/', '10.0.0.0/8', false],
    ['https://10.1.2.3/', '10.0.0.0/99', false],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://10.1.2.3/', '2.3', false],
    ['https://[fd00::1]/', 'fd00::/8', true],
    ['https://[fd00::1]/', '[fd00::1]', true],
    ['https://[fd00::1]/', '10.0.0.0/8', false],
  ]
  for (const [url, list, isExempt] of exemptions) {
    it(`${isExempt ? 'spares' : 'does not spare'} ${url} with NO_PROXY=${list}`, () => {
      const expected = isExempt ? undefined : 'proxy.example.test:3128'
      assert.equal(choose(url, { HTTPS_PROXY: PROXY, NO_PROXY: list }), expected)
    })
  }

  it('names the variable that holds no proxy, and not its value', () => {
    assert.throws(
      () => choose('https://a.test/', { HTTPS_PROXY: 'ftp://ada:secret@proxy' }),
      (error: unknown) =>
        error instanceof ConfigurationError && error.argument === 'HTTPS_PROXY' && !error.message.includes('secret'),
    )
  })
})

describe('URL of a proxy', () => {
  const credentials: readonly [string, string | undefined][] = [
    ['http://proxy', undefined],
    ['http://ada:p%40ss@proxy', 'ada:p@ss'],
    ['http://ada@proxy', 'ada:'],
    ['http://ada:50%@proxy', 'ada:50%'],
  ]
  for (const [url, expected] of credentials) {
    it(`gives ${expected ? `"${expected}"` : 'no credentials'} for ${url}`, () => {
      const { authorization, origin } = parseProxy('proxy', url)
      const decoded = authorization && Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()
      assert.deepEqual([decoded, origin], [expected, 'http://proxy'])
    })
  }
})
