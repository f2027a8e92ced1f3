; Installer of the worker, per machine. Built by build/worker.ts: makensis -DSOURCE=folder -DOUTPUT=file -DVERSION=x.y.z
Unicode true
Name "Transplant Worker ${VERSION}"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Transplant Worker"
RequestExecutionLevel admin
SetCompressor /SOLID lzma
ShowInstDetails show

!include "LogicLib.nsh"
!include "FileFunc.nsh"

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Section "Worker"
  ; A running worker holds its own program; it hands back its tasks and stops first.
  ${If} ${FileExists} "$INSTDIR\TransplantWorker.exe"
    nsExec::ExecToLog '"$INSTDIR\TransplantWorker.exe" stopwait'
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}/*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "Software\Microsoft\Windows\CurrentVersion\Uninstall\TransplantWorker" "DisplayName" "Transplant Worker"
  WriteRegStr HKLM "Software\Microsoft\Windows\CurrentVersion\Uninstall\TransplantWorker" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "Software\Microsoft\Windows\CurrentVersion\Uninstall\TransplantWorker" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "Software\Microsoft\Windows\CurrentVersion\Uninstall\TransplantWorker" "Publisher" "The Transplant authors"
  ; Unattended: setup.exe /S /DB=mssql://… installs and starts the service too.
  ${GetParameters} $R0
  ${GetOptions} $R0 "/DB=" $R1
  ${IfNot} ${Errors}
    nsExec::ExecToLog 'powershell.exe -NoProfile -ExecutionPolicy Bypass -File "$INSTDIR\service\install-service.ps1" -Database "$R1"'
  ${EndIf}
SectionEnd

Section "Uninstall"
  nsExec::ExecToLog '"$INSTDIR\TransplantWorker.exe" stopwait'
  nsExec::ExecToLog '"$INSTDIR\TransplantWorker.exe" uninstall'
  RMDir /r "$INSTDIR\app"
  RMDir /r "$INSTDIR\service"
  Delete "$INSTDIR\node.exe"
  Delete "$INSTDIR\transplant-worker.cmd"
  Delete "$INSTDIR\TransplantWorker.exe"
  Delete "$INSTDIR\TransplantWorker.xml"
  Delete "$INSTDIR\LICENSE"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKLM "Software\Microsoft\Windows\CurrentVersion\Uninstall\TransplantWorker"
  ; Keys and logs in ProgramData stay: a worker that is installed again is the same machine.
SectionEnd
