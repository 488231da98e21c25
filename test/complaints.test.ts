import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** What people asked of sign-in in VS Code, in public; the tests that show the answers are named `#number …`. */
const COMPLAINTS: Readonly<Record<number, string>> = {
  1: 'microsoft/vscode#158003',
  2: 'microsoft/vscode#193006',
  3: 'microsoft/vscode#115626',
  4: 'microsoft/vscode#194243',
  5: 'microsoft/vscode#241088',
  6: 'microsoft/vscode#236825, #104628',
  7: 'gbrueckl/FabricStudio#34',
  8: 'VSCodium/vscodium#590, microsoft/vscode-pull-request-github#1778',
  9: 'coder/code-server#6584, #1423',
  10: 'microsoft/vscode#291738',
  11: 'microsoft/vscode#263969, #249737',
  12: 'microsoft/vscode#242728',
  13: 'microsoft/vscode-azureresourcegroups#1038, #1427',
  14: 'microsoft/vscode#319673',
  15: 'microsoft/vscode#260156, #256145',
  16: 'microsoft/vscode-azuretools#2074',
  17: 'microsoft/vscode#190171, microsoft/azure-devops-mcp#776',
  18: 'microsoft/vscode#162539, #318110, #178725',
  19: 'microsoft/vscode-azureresourcegroups#847, #898',
  20: 'AzureAD/microsoft-authentication-library-for-python#466, -dotnet#5545, #2421',
  21: 'microsoft/vscode-azureresourcegroups#834, #750, #1341',
  22: 'microsoft/vscode-azure-account#793, microsoft/AzureStorageExplorer#4038',
  23: 'microsoft/vscode#184218, #226781',
  24: 'microsoft/vscode#273176',
  25: 'microsoft/vscode#291146, #226798',
  26: 'microsoft/vscode#105503, #151867',
  27: 'microsoft/vscode#169356, anthropics/claude-code#90688, cline/cline#11141',
  28: 'microsoft/vscode#187247, #179202',
  29: 'microsoft/vscode#204375, #190062, #227917, #184272',
  30: 'Azure/azure-cli#21848, #20853, #22613',
  31: 'microsoft/vscode#240905, microsoft/vscode-azureresourcegroups#899, AzureAD/…-for-js#7005',
  32: 'AzureAD/microsoft-authentication-library-for-js#5457, #4276',
  33: 'AzureAD/microsoft-authentication-library-for-js#5466, -for-dotnet#6072',
  34: 'AzureAD/microsoft-authentication-library-for-python#408',
  35: 'AzureAD/microsoft-authentication-library-for-python#422, #628, Azure/azure-cli#19929',
  37: 'microsoft/vscode#329175',
  38: 'microsoft/vscode#250260',
  39: 'microsoft/vscode#283453, #322126, #257415, csharp-sdk#681',
  40: 'microsoft/vscode#167791, #155460, #156518, microsoft/vscode-azure-account#226',
}

const FOLDER = import.meta.dirname
const tests = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(path.join(FOLDER, file), 'utf8'))
  .join('\n')

describe('what people asked for', () => {
  for (const [number, where] of Object.entries(COMPLAINTS))
    it(`has a test that is named after it: #${number} of ${where}`, () => {
      assert.match(tests, new RegExp(`['"\`](?:#\\d+ )*#${number} `))
    })
})
