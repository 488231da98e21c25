import type { ExtensionContext } from 'vscode'
import { mayUseBroker } from './broker-rules.ts'
import type { DiagnosisParts } from './diagnosis.ts'
import { pickDiagnosed } from './diagnosis-target.ts'
import type { FailureMemory } from './failure-memory.ts'
import type { Machine } from './machine.ts'
import type { MethodList } from './method-list.ts'
import type { PolicySource } from './policy-source.ts'
import type { Settings } from './settings.ts'
import { readEditorFacts, readNetworkSettings, signInWindow } from './window.ts'

/** What a diagnosis looks at besides the window and the machine. */
export interface Diagnosed {
  readonly settings: Settings
  readonly policy: PolicySource
  readonly methods: MethodList
  readonly failures: FailureMemory
}

/** Asks whose sign-in is diagnosed; undefined where nothing was picked. */
export async function readDiagnosisParts(
  context: ExtensionContext,
  machine: Machine,
  { settings, policy: source, methods, failures }: Diagnosed,
): Promise<DiagnosisParts | undefined> {
  const diagnosed = await pickDiagnosed(settings, { window: signInWindow, clock: machine.clock })
  if (!diagnosed) return undefined
  const { resolve, preference, isMethodWrong } = diagnosed
  return {
    ...machine,
    machine: machine.describe(),
    editor: () => readEditorFacts(context, machine.extensionHost),
    network: readNetworkSettings(),
    settingProblems: settings.problems,
    readPolicy: source.read,
    readPolicyFile: source.readFile,
    resolve,
    signInMethod: preference.signInMethod,
    isMethodWrong,
    listMethods: (client, policy) => {
      const rules = policy && { policy, settings, isAtHand: methods.isBrokerAtHand() }
      const isBrokered = client !== undefined && rules !== undefined && mayUseBroker(client, rules)
      return methods.list({ ...preference, clientId: client?.clientId ?? '', mayUseBroker: isBrokered })
    },
    secrets: context.secrets,
    lastFailure: failures.last(),
  }
}
