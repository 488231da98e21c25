import { Uri, type ExtensionContext } from 'vscode'
import type { Machine } from './machine.ts'
import {
  createSecretStoragePersistence,
  type ListedPersistence,
  type SecretProblem,
} from './secret-storage-persistence.ts'
import { commonToProfiles, createKeyStore } from './shared-store.ts'

/** Where sign-ins are kept. */
export interface Stores {
  open(this: void, ...namespace: readonly string[]): ListedPersistence
  /** Whether what another window keeps is heard of. */
  readonly hearsOfChanges: boolean
  dispose(): void
}

/** Opens what all windows share where there are files, else VS Code's secret storage. */
export function openStores(
  { secrets, globalStorageUri }: ExtensionContext,
  { openSharedStore, lock }: Machine,
  onProblem: (problem: SecretProblem) => void,
): Stores {
  const directory = Uri.joinPath(Uri.file(commonToProfiles(globalStorageUri.fsPath)), 'sign-ins').fsPath
  const shared = openSharedStore?.({ directory, keyStore: createKeyStore(secrets), onProblem })
  return {
    open: shared?.open ?? createSecretStoragePersistence(secrets, onProblem, lock),
    hearsOfChanges: shared !== undefined,
    dispose: () => shared?.dispose(),
  }
}
