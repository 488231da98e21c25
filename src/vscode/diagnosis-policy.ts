import { l10n } from 'vscode'
import type { Fact } from './diagnosis-fact.ts'
import { describeFileProblem, type AllowList, type Policy, type PolicyFile } from './policy.ts'

/** Where the policy is looked for, and what was found there. */
export interface PolicyPlace {
  /** None where no files are read. */
  readonly policyPaths: readonly string[]
  readonly file: PolicyFile
}

/** Tells which file the policy is, and whether it is used. */
export function describePolicyFile({ policyPaths, file }: PolicyPlace): Fact {
  const name = l10n.t('Policy file')
  if (policyPaths.length === 0) return [name, l10n.t('none, a browser reads no files; settings count')]
  switch (file.kind) {
    case 'absent':
      return [name, l10n.t('{0}: not there', policyPaths.join(', '))]
    case 'text':
      return [name, l10n.t('{0}: there, and read', file.path)]
    case 'refused':
      return [name, l10n.t('{0}: refused, {1}', file.path, describeFileProblem(file.problem))]
  }
}

/** Tells what the policy and the settings that narrow it allow. */
export function describePolicy({ tenants, clientIds, methods }: Policy): readonly Fact[] {
  const lists: readonly [string, AllowList | undefined][] = [
    [l10n.t('Allowed tenants'), tenants],
    [l10n.t('Allowed client IDs'), clientIds],
    [l10n.t('Allowed ways to sign in'), methods],
  ]
  return lists.map(([name, list]) => [
    name,
    list ? l10n.t('{0} (by {1})', list.values.join(', ') || l10n.t('none'), list.source) : l10n.t('all'),
  ])
}
