import type { CacheOwner } from './cache-owner.ts'

/** What is kept under one name. */
export interface PersistedPartition {
  /** As it was given to `store`; it holds secrets. */
  readonly text: string
  /** Any text that differs from that of every earlier content under this name. */
  readonly version: string
}

/**
 * Where a cache is kept beyond the process, in partitions: one for each account, and one for each tenant that the
 * application itself has tokens of. Texts hold secrets; whoever keeps them encrypts them or relies on a place that does.
 */
export interface CachePersistence {
  /** Resolves to undefined where nothing is kept under the name. */
  load(partition: string): Promise<PersistedPartition | undefined>
  /**
   * Keeps a text, or removes it where `text` is undefined, provided that what is there now is of version `ifVersion`
   * (undefined: nothing is there). Check and write are one step, for other processes too.
   *
   * @returns the new version, undefined after a removal; false, with nothing changed, where the version is another
   */
  store(partition: string, text: string | undefined, ifVersion: string | undefined): Promise<string | undefined | false>
  /**
   * Runs alone among all callers that lock the same partition, in this process and every other. `run` may `load` and
   * `store` the partition; those who don't lock are not held up. A lock whose holder died is given on.
   */
  lock<T>(partition: string, run: () => Promise<T>): Promise<T>
  /** The names under which something is kept; without it only those accounts are listed that were loaded by name. */
  list?(): Promise<readonly string[]>
  /**
   * Announces partitions that others changed. Where it is there, what was read stands until it is announced as changed;
   * without it, a partition is loaded each time it is used.
   */
  watch?(changed: (partition: string) => void): void
}

/** Names the partition that an account or a tenant is kept in; several may share one. */
export type PartitionNaming = (accountOrTenant: CacheOwner) => string
