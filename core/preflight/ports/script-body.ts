/**
 * The unchanging part of the script. Every connection is begun before the first is waited for, so that the whole takes
 * one limit; ranges are asked of the endpoint mapper one after another, which answers at once or not at all.
 */
export const POWERSHELL_BODY = String.raw`$ErrorActionPreference = 'Stop'
function ToBytes([string]$hex) {
  $bytes = New-Object byte[] ($hex.Length / 2)
  for ($i = 0; $i -lt $bytes.Length; $i++) { $bytes[$i] = [Convert]::ToByte($hex.Substring(2 * $i, 2), 16) }
  return ,$bytes
}
function ToHex([byte[]]$bytes, [int]$count) { if ($count -eq 0) { return '' }; return [BitConverter]::ToString($bytes, 0, $count).Replace('-', '') }
function Why($problem) {
  while ($problem.InnerException) { $problem = $problem.InnerException }
  if ($problem -is [Net.Sockets.SocketException]) {
    switch ($problem.ErrorCode) {
      10061 { return 'refused' }
      10054 { return 'reset' }
      10060 { return 'timeout' }
      10051 { return 'unreachable' }
      10065 { return 'unreachable' }
      11001 { return 'unknownName' }
      11004 { return 'unknownName' }
    }
    return 'socket' + $problem.ErrorCode
  }
  return 'error'
}
function Finish($w, $state) {
  $w.State = $state; $w.Ms = [int]$w.Watch.ElapsedMilliseconds; $w.Done = $true
  try { if ($w.Client) { $w.Client.Close() } } catch { }
}
function AskMapper($w) {
  $t = $w.Try
  try {
    $client = New-Object Net.Sockets.TcpClient
    $pending = $client.BeginConnect($t.host, 135, $null, $null)
    if (-not $pending.AsyncWaitHandle.WaitOne($LimitMs)) { $w.Client = $client; $w.Detail = 'TCP 135'; Finish $w 'timeout'; return }
    $client.EndConnect($pending)
    $stream = $client.GetStream(); $stream.ReadTimeout = $LimitMs
    $buffer = New-Object byte[] 4096
    $ask = ToBytes $t.ask; $stream.Write($ask, 0, $ask.Length); [void]$stream.Read($buffer, 0, 4096)
    $ports = @()
    foreach ($hex in $t.map.Split(',')) {
      $ask = ToBytes $hex; $stream.Write($ask, 0, $ask.Length); $n = $stream.Read($buffer, 0, 4096)
      $answer = ToHex $buffer $n
      foreach ($m in [regex]::Matches($answer, '0100070200([0-9A-F]{4})')) {
        $port = [Convert]::ToInt32($m.Groups[1].Value, 16)
        if ($port -ne 0 -and $ports -notcontains $port) { $ports += $port }
      }
    }
    $client.Close()
    if ($ports.Count -eq 0) { $w.Detail = 'the endpoint mapper names no port'; Finish $w 'noMapping'; return }
    $worst = 'connected'
    foreach ($port in $ports) {
      $one = New-Object Net.Sockets.TcpClient
      $state = 'connected'
      try {
        $pending = $one.BeginConnect($t.host, $port, $null, $null)
        if ($pending.AsyncWaitHandle.WaitOne($LimitMs)) { $one.EndConnect($pending) } else { $state = 'timeout' }
      } catch { $state = Why $_.Exception }
      $one.Close()
      $w.Detail += "$($port): $state "
      if ($state -ne 'connected') { $worst = $state }
    }
    Finish $w $worst
  } catch { Finish $w (Why $_.Exception) }
}
$work = @()
foreach ($try in (($list -split "\r?\n") | ConvertFrom-Csv -Delimiter ';')) {
  $w = New-Object PSObject -Property @{ Try = $try; Client = $null; Pending = $null; Asked = $false; Done = $false; State = ''; Answer = ''; Detail = ''; Ms = 0; Watch = [Diagnostics.Stopwatch]::StartNew() }
  $work += $w
  if ($try.portTo -ne '') { continue }
  try {
    if ($try.protocol -eq 'tcp') {
      $w.Client = New-Object Net.Sockets.TcpClient
      $w.Pending = $w.Client.BeginConnect($try.host, [int]$try.port, $null, $null)
    } else {
      $w.Client = New-Object Net.Sockets.UdpClient
      $w.Client.Connect($try.host, [int]$try.port)
      $ask = if ($try.ask -ne '') { ToBytes $try.ask } else { ,[byte[]](0) }
      [void]$w.Client.Send($ask, $ask.Length); $w.Asked = $true
    }
  } catch { Finish $w (Why $_.Exception) }
}
$limit = [Diagnostics.Stopwatch]::StartNew()
while ($limit.ElapsedMilliseconds -lt $LimitMs -and @($work | Where-Object { -not $_.Done -and $_.Try.portTo -eq '' }).Count -gt 0) {
  foreach ($w in $work) {
    if ($w.Done -or $w.Try.portTo -ne '') { continue }
    try {
      if ($w.Try.protocol -eq 'udp') {
        if ($w.Client.Available -gt 0) {
          $peer = New-Object Net.IPEndPoint([Net.IPAddress]::Any, 0)
          $bytes = $w.Client.Receive([ref]$peer)
          $w.Answer = ToHex $bytes ([Math]::Min($bytes.Length, 512)); Finish $w 'answered'
        } elseif ($w.Client.Client.Poll(0, [Net.Sockets.SelectMode]::SelectRead)) { [void]$w.Client.Client.Receive((New-Object byte[] 1)) }
      } elseif (-not $w.Asked) {
        if ($w.Pending.IsCompleted) {
          $w.Client.EndConnect($w.Pending); $w.Asked = $true
          if ($w.Try.ask -ne '') { $ask = ToBytes $w.Try.ask; $w.Client.GetStream().Write($ask, 0, $ask.Length) }
        }
      } else {
        $stream = $w.Client.GetStream()
        if ($stream.DataAvailable) {
          $buffer = New-Object byte[] 512
          $n = $stream.Read($buffer, 0, 512); $w.Answer = ToHex $buffer $n; Finish $w 'answered'
        } elseif ($w.Client.Client.Poll(0, [Net.Sockets.SelectMode]::SelectRead) -and $w.Client.Client.Available -eq 0) { Finish $w 'closed' }
      }
    } catch { Finish $w (Why $_.Exception) }
  }
  Start-Sleep -Milliseconds 20
}
foreach ($w in $work) {
  if ($w.Try.portTo -ne '') { AskMapper $w }
  elseif (-not $w.Done) { if ($w.Asked -and $w.Try.protocol -eq 'tcp') { Finish $w 'connected' } else { Finish $w 'timeout' } }
}
$at = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
$work | ForEach-Object {
  $t = $_.Try
  New-Object PSObject -Property @{ machine = $env:COMPUTERNAME; row = $t.row; from = $t.from; to = $t.to; host = $t.host; protocol = $t.protocol; port = $t.port; portTo = $t.portTo; decides = $t.decides; state = $_.State; answer = $_.Answer; detail = $_.Detail.Trim(); ms = $_.Ms; at = $at }
} | Select-Object machine, row, from, to, host, protocol, port, portTo, decides, state, answer, detail, ms, at | Export-Csv -Path $Out -NoTypeInformation -Encoding UTF8
Write-Output "Written: $Out"
`;
