import { describe, expect, test } from "vitest";
import { countryCode, onlyZone } from "../../src/calendar/countries.ts";
import { countryOf, placeOf, zoneOf } from "../../src/calendar/place.ts";
import type { Window } from "../../src/calendar/window.ts";

const company = { timezone: "Europe/Lisbon", country: "PT" };

describe("a lead's zone", () => {
  test("is their own where they have one", () => {
    expect(zoneOf({ timezone: "Asia/Tokyo", country: "DE" }, company)).toBe("Asia/Tokyo");
  });

  test("is their country's where their own is missing or no zone at all", () => {
    expect(zoneOf({ country: "JP" }, company)).toBe("Asia/Tokyo");
    for (const timezone of ["", "Mars/Olympus", "+01:00", null, 5, "../../etc/passwd"]) {
      expect(zoneOf({ timezone, country: "DE" }, company)).toBe("Europe/Berlin");
    }
  });

  test("is the company's where their country has several, or is none", () => {
    for (const country of ["US", "United States", "BR", "AU", "Russia", "CA", "ES", "Atlantis", "", null]) {
      expect(zoneOf({ country }, company)).toBe("Europe/Lisbon");
    }
  });

  test("is the company's country's where the company names no zone, and UTC where it names nothing", () => {
    expect(zoneOf({}, { country: "JP" })).toBe("Asia/Tokyo");
    expect(zoneOf({}, { country: "PT" })).toBe("UTC");
    expect(zoneOf({}, {})).toBe("UTC");
  });
});

describe("a country", () => {
  test("is known by its code and its English name, however it is written", () => {
    for (const text of ["GB", "gb", "United Kingdom", "UNITED KINGDOM", "uk", "Great Britain"]) {
      expect(countryCode(text)).toBe("GB");
    }
    for (const text of ["Côte d’Ivoire", "cote d'ivoire", "Ivory Coast"])
      expect(countryCode(text)).toBe("CI");
    expect(countryCode("Trinidad and Tobago")).toBe("TT");
    expect(countryCode("Turkey")).toBe("TR");
    expect(countryCode("USA")).toBe("US");
  });

  test("is none where the word is none", () => {
    for (const text of ["", "Narnia", "EU", "SU", "constructor", "ZZ"]) expect(countryCode(text)).toBeNull();
  });

  test("has one zone where all its clocks agree", () => {
    expect(onlyZone("DE")).toBe("Europe/Berlin");
    expect(onlyZone("IN")).toBe("Asia/Kolkata");
    expect(onlyZone("FR")).toBe("Europe/Paris");
    expect(onlyZone("PT")).toBeNull();
  });
});

describe("a window", () => {
  const window: Window = {
    name: "w",
    days: ["mon"],
    from: "09:00",
    to: "17:00",
    zone: "lead",
    holidays: "lead",
  };

  test("is where the lead is, where the company is, or where it says", () => {
    const lead = { country: "Japan" };
    expect(placeOf(window, lead, company)).toEqual({ zone: "Asia/Tokyo", country: "JP" });
    const ours = { ...window, zone: "company", holidays: "company" };
    expect(placeOf(ours, lead, company)).toEqual({ zone: "Europe/Lisbon", country: "PT" });
    const fixed = { ...window, zone: "America/New_York", holidays: "US" };
    expect(placeOf(fixed, lead, company)).toEqual({ zone: "America/New_York", country: "US" });
  });

  test("knows no holidays where it names none", () => {
    expect(placeOf({ ...window, holidays: null }, { country: "Japan" }, company).country).toBeNull();
  });

  test("takes the company's holidays for a lead whose country is unknown", () => {
    expect(countryOf({ country: "Atlantis" }, company)).toBe("PT");
  });
});
