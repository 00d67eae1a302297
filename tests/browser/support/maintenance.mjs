// Planned work, as it stands in a configuration.

/**
 * @param {string[]} components their identifiers
 * @param {number} fromS when it begins, in seconds from now
 * @param {number} untilS when it ends, in seconds from now
 * @param {string} [id] its identifier
 * @returns {string} a section of the configuration
 */
export function work(components, fromS, untilS, id = `work-on-${components[0]}`) {
  const moment = (seconds) => new Date(Date.now() + seconds * 1_000).toISOString();
  return `maintenances:
  - id: ${id}
    title: { en: Database upgrade, ar: ترقية قاعدة البيانات }
    description: Orders may take a little longer.
    components: [${components.join(', ')}]
    starts: "${moment(fromS)}"
    ends: "${moment(untilS)}"
`;
}
