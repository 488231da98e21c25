import { ConfigurationError } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'

/** The kinds of id that a user-assigned managed identity goes by. */
export type UserAssignedIdType = 'ClientId' | 'ResourceId' | 'ObjectId'

/** A managed identity as plain data, as it may stand in a configuration file. */
export type ManagedIdentityId =
  | {
      /** The machine's own identity. */
      readonly ManagedIdentityIdType: 'SystemAssigned'
      /** It needs none. */
      readonly Id?: null | undefined
    }
  | {
      /** Which of its ids is given. */
      readonly ManagedIdentityIdType: UserAssignedIdType
      /** The id. */
      readonly Id: string
    }

/** The identity that belongs to the machine itself. */
export class SystemAssignedManagedIdentity {
  /** Tells it from a user-assigned one. */
  readonly ManagedIdentityIdType = 'SystemAssigned'
  /** It needs none. */
  readonly Id = null
}

/** One of the ids of a user-assigned managed identity. */
export type UserAssignedManagedIdentityOptions =
  | {
      /** Of its service principal: a GUID. */
      readonly clientId: string
    }
  | {
      /** Of the Azure resource: `/subscriptions/…/userAssignedIdentities/{name}`. */
      readonly resourceId: string
    }
  | {
      /** Of its service principal in the directory: a GUID. */
      readonly objectId: string
    }

/** An identity of its own that was assigned to the machine. */
export class UserAssignedManagedIdentity {
  /** Which of its ids is given. */
  readonly ManagedIdentityIdType: UserAssignedIdType
  /** The id. */
  readonly Id: string

  /** @throws {ConfigurationError} where it is not given exactly one id */
  constructor(options: UserAssignedManagedIdentityOptions) {
    const given: unknown = options
    const ids = isJsonObject(given) ? given : {}
    const named = ID_OPTIONS.filter(
      ([option]) => ids[option] !== undefined && ids[option] !== null && ids[option] !== '',
    )
    const [first, ...others] = named
    const id = first && ids[first[0]]
    if (!first || others.length > 0 || typeof id !== 'string')
      throw new ConfigurationError('managedIdentity', 'give one of clientId, resourceId and objectId, as text')
    this.ManagedIdentityIdType = first[1]
    this.Id = id
  }
}

const ID_OPTIONS = [
  ['clientId', 'ClientId'],
  ['resourceId', 'ResourceId'],
  ['objectId', 'ObjectId'],
] as const

/** Reads the option `managedIdentity`. @throws {ConfigurationError} where it names no identity */
export function parseManagedIdentity(value: unknown): ManagedIdentityId {
  const given = isJsonObject(value) ? value : {}
  const { ManagedIdentityIdType: type, Id: id } = given
  if (type === 'SystemAssigned') return { ManagedIdentityIdType: type, Id: null }
  if ((type === 'ClientId' || type === 'ResourceId' || type === 'ObjectId') && typeof id === 'string' && id)
    return { ManagedIdentityIdType: type, Id: id }
  throw new ConfigurationError(
    'managedIdentity',
    'give new SystemAssignedManagedIdentity(), new UserAssignedManagedIdentity({ clientId }), or ' +
      '{ ManagedIdentityIdType, Id } with the type SystemAssigned, ClientId, ResourceId or ObjectId',
  )
}

/** The `client_id` of an identity's cache entries; the machine's own has none there, as in MSAL Python. */
export const cacheIdOf = (identity: ManagedIdentityId): string =>
  identity.ManagedIdentityIdType === 'SystemAssigned' ? '' : identity.Id

/** The request parameter for an identity, under the endpoint's own names; none for the machine's own identity. */
export function identityParameter(
  identity: ManagedIdentityId,
  names: Readonly<Record<UserAssignedIdType, string>>,
): Readonly<Record<string, string>> {
  if (identity.ManagedIdentityIdType === 'SystemAssigned') return {}
  return { [names[identity.ManagedIdentityIdType]]: identity.Id }
}
