# Installs this folder's worker as a Windows service. Run once as administrator; the service runs as NetworkService.
#   .\install-service.ps1
# The database's address (mssql://app:PASSWORD@sqlserver/Transplant) is asked for, or taken from TRANSPLANT_DB, so that it
# stands in no history and no list of processes.
param([string]$Database = $env:TRANSPLANT_DB)
$ErrorActionPreference = 'Stop'
if (-not $Database) {
  $secret = Read-Host -AsSecureString 'Address of the database (mssql://...)'
  $Database = (New-Object System.Net.NetworkCredential('', $secret)).Password
}
if (-not $Database) { throw 'No address was given.' }
$base = Split-Path -Parent $PSScriptRoot
$data = Join-Path $env:ProgramData 'Transplant'
New-Item -ItemType Directory -Force -Path $data | Out-Null
# Only administrators, the system and the service's account may read what lies there: keys and the database's address.
& icacls $data /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '*S-1-5-20:(OI)(CI)M' | Out-Null
Set-Content -Path (Join-Path $data 'database.url') -Value $Database -NoNewline -Encoding UTF8
& (Join-Path $base 'TransplantWorker.exe') install
& (Join-Path $base 'TransplantWorker.exe') start
Write-Host 'Installed. Compare the fingerprint in the log and approve the worker in the console or with: transplant worker approve NAME'
