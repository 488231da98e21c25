import { AadstsError } from './errors.ts'
import type { Consent, Resource, World } from './world.ts'

const openIdScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What a `scope` parameter asks for, sorted out. */
export type ScopeRequest = {
  /** `openid`, `profile`, `email`, `offline_access`, as far as they were asked for. */
  readonly openId: ReadonlySet<string>
  /** One entry per resource, in the order of the request. */
  readonly resources: readonly ResourceScopes[]
}

/** The permissions that are asked of one resource. */
export type ResourceScopes = {
  readonly resource: Resource
  /** The names inside the token (`User.Read`); what `.default` stands for is already filled in. */
  readonly names: readonly string[]
  /** The names as the client wrote them, which is how the answer lists them. */
  readonly written: readonly string[]
}

/** Sorts a `scope` parameter out. */
export const parseScopes = (world: World, scope: string): ScopeRequest => {
  const openId = new Set<string>()
  const byResource = new Map<Resource, { names: Set<string>; written: Set<string> }>()
  for (const written of scope.split(/\s+/).filter((part) => part !== '')) {
    if (openIdScopes.has(written)) {
      openId.add(written)
      continue
    }
    const { resource, name } = findScope(world, written)
    const entry = byResource.get(resource) ?? { names: new Set(), written: new Set() }
    byResource.set(resource, entry)
    entry.written.add(written)
    for (const each of name === '.default' ? grantedNames(resource) : [name]) entry.names.add(each)
  }
  return {
    openId,
    resources: [...byResource].map(([resource, { names, written }]) => ({
      resource,
      names: [...names],
      written: [...written],
    })),
  }
}

/** The resources that consent is asked for; Graph where nothing but OpenID scopes is asked for. */
export const consentResources = (world: World, request: ScopeRequest): readonly ResourceScopes[] =>
  request.resources.length > 0
    ? request.resources
    : [{ resource: world.resources[0], names: ['User.Read'], written: ['User.Read'] }]

/** The one resource that a token is for. */
export const singleResource = (world: World, request: ScopeRequest): ResourceScopes => {
  const [only, ...others] = consentResources(world, request)
  if (only === undefined || others.length > 0) throw new AadstsError(28000)
  return only
}

/** The resource of a client-credentials request, whose one scope ends in `/.default`. */
export const defaultScopeResource = (world: World, scope: string): Resource => {
  const parts = scope.split(/\s+/).filter((part) => part !== '' && !openIdScopes.has(part))
  const [only] = parts
  if (only === undefined || parts.length > 1 || !only.endsWith('/.default')) {
    throw new AadstsError(1002012, { values: [scope] })
  }
  return findScope(world, only).resource
}

/** How a permission of a resource is consented to. */
export const consentFor = (resource: Resource, name: string): Consent => resource.delegated[name] ?? 'granted'

const grantedNames = (resource: Resource): readonly string[] =>
  Object.keys(resource.delegated).filter((name) => consentFor(resource, name) === 'granted')

const findScope = (world: World, written: string): { readonly resource: Resource; readonly name: string } => {
  const slash = written.lastIndexOf('/')
  const name = written.slice(slash + 1)
  const prefix = written.slice(0, Math.max(slash, 0)).replace(/\/+$/, '').toLowerCase()
  if (!/^[\w.-]+$/.test(name)) throw new AadstsError(70011, { values: [written] })
  const resource = slash < 0 ? world.resources[0] : world.resources.find((each) => each.identifiers.includes(prefix))
  if (resource === undefined) throw new AadstsError(500011, { values: [prefix, world.tenants.home.domain] })
  if (name !== '.default' && !(name in resource.delegated)) throw new AadstsError(70011, { values: [written] })
  return { resource, name }
}
