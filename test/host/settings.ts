import type { Description } from '../simulator/description.ts'

/** Where the simulator listens: what a page of code-server opens on 127.0.0.1 goes through code-server's own proxy. */
export const simulatorHost = (): string => (process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1')

/** Settings for a window without greetings, updates and motion. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  // An editor that opens as a modal swallows F1.
  'workbench.editor.useModal': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'window.commandCenter': false,
  'keyboard.dispatch': 'keyCode',
  // A newer VS Code replaces `false` in the file, seconds after it was read, and so undoes what was written meanwhile.
  'extensions.autoUpdate': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'remote.autoForwardPorts': false,
}

/** Settings with which the extension and the consumer sample use a simulator. */
export const settingsFor = (simulator: Description): Readonly<Record<string, unknown>> => ({
  'entraAuth.clientId': simulator.clients.public.clientId,
  'entraAuth.authority': `${simulator.http}/organizations`,
  'consumerSample.scopes': simulator.clients.public.scopes,
  'consumerSample.apiUrl': `${simulator.http}/api/me`,
  'consumerSample.guestTenant': simulator.tenants.guest,
})
