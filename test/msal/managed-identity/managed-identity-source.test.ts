import assert from 'node:assert/strict'
import { detectManagedIdentitySource } from '../../../src/msal/managed-identity/managed-identity-source.ts'
import { APP_SERVICE, ARC, arcAgentOf, MACHINE_LEARNING, SERVICE_FABRIC, type Environment } from './fakes.ts'

const CLOUD_SHELL: Environment = { AZUREPS_HOST_ENVIRONMENT: 'cloud-shell/1.0', MSI_ENDPOINT: 'http://localhost:50342' }

describe('The source of managed identities', () => {
  for (const [expected, name, environment, hasAgent] of [
    ['imds', 'where nothing tells', {}, false],
    ['imds', 'with half of what App Service sets', { IDENTITY_ENDPOINT: 'http://localhost/' }, false],
    ['imds', 'with half of what Machine Learning sets', { MSI_ENDPOINT: 'http://localhost/' }, false],
    ['imds', 'in an editor that looks like Cloud Shell', { AZUREPS_HOST_ENVIRONMENT: 'my-cloud-shell' }, false],
    ['app-service', 'by its endpoint and header', APP_SERVICE, false],
    ['service-fabric', 'by a thumbprint besides', SERVICE_FABRIC, false],
    ['machine-learning', 'by its endpoint and secret', MACHINE_LEARNING, false],
    ['azure-arc', 'by its endpoints', ARC, false],
    ['azure-arc', 'by its agent', {}, true],
    ['app-service', 'whose agent of Azure Arc belongs to the host', APP_SERVICE, true],
    ['cloud-shell', 'by the host of its shell', CLOUD_SHELL, false],
  ] as const)
    it(`is ${expected} ${name}`, async () => {
      const source = await detectManagedIdentitySource({
        readEnvironment: (variable) => (environment as Environment)[variable],
        arcAgent: arcAgentOf(hasAgent ? 'key' : undefined),
      })
      assert.equal(source, expected)
    })
})
