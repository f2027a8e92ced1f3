# Installs this folder's worker as a Windows service. Run once as administrator; the service runs as NetworkService.
#   .\install-service.ps1 -Database 'mssql://app:PASSWORD@sqlserver/Transplant'
param([Parameter(Mandatory = $true)][string]$Database)
$ErrorActionPreference = 'Stop'
$base = Split-Path -Parent $PSScriptRoot
$data = Join-Path $env:ProgramData 'Transplant'
New-Item -ItemType Directory -Force -Path $data | Out-Null
# Only administrators, the system and the service's account may read what lies there: keys and the database's address.
& icacls $data /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '*S-1-5-20:(OI)(CI)M' | Out-Null
Set-Content -Path (Join-Path $data 'database.url') -Value $Database -NoNewline -Encoding UTF8
& (Join-Path $base 'TransplantWorker.exe') install
& (Join-Path $base 'TransplantWorker.exe') start
Write-Host 'Installed. Compare the fingerprint in the log and approve the worker in the console or with: transplant worker approve NAME'
