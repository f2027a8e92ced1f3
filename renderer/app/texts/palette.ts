export const paletteTexts = {
  title: 'Command palette',
  hint: 'Go to a place, or find a person, batch or machine',
  nothing: 'Nothing is called like that.',
  groups: {
    places: 'Places',
    actions: 'Actions',
    batches: 'Batches',
    members: 'Members of batches',
    recipients: 'Recipients',
    forests: 'Forests',
    machines: 'Machines',
  },
  ports: 'Port matrix',
  conflicts: 'Decide conflicts',
  targets: 'Recipients of the target',
};
